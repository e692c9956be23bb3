import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcome } from "../support/processes/command.js";

const root = resolve(import.meta.dirname, "../..");
let project: string;

/** A copy of the example application inside the repository, so that it finds the packages. */
beforeAll(() => {
  mkdirSync(join(root, "dist"), { recursive: true });
  project = mkdtempSync(join(root, "dist/schema-edit-"));
  for (const folder of ["schema", "generated", "examples"])
    cpSync(join(root, folder), join(project, folder), { recursive: true });
  cpSync(join(root, "tsconfig.base.json"), join(project, "tsconfig.base.json"));
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      extends: "./tsconfig.base.json",
      compilerOptions: {
        noEmit: true,
        composite: false,
        incremental: false,
        declaration: false,
        declarationMap: false,
      },
      include: ["generated", "examples"],
    }),
  );
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ type: "module", taskwire: { schema: "schema", out: "generated" } }),
  );
});

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

const codegen = (...flags: string[]) => outcome(["codegen", ...flags], {}, project);

function tsc(): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    execFile(
      process.execPath,
      [compiler, "-p", project, "--pretty", "false"],
      { cwd: project },
      (error, stdout, stderr) => done({ code: error === null ? 0 : 1, said: stdout + stderr }),
    );
  });
}

function tree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => [
      join(entry.parentPath, entry.name),
      readFileSync(join(entry.parentPath, entry.name), "utf8"),
    ]),
  );
}

function edit(file: string, change: (text: string) => string): () => void {
  const path = join(project, file);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  return () => writeFileSync(path, before);
}

describe("a person who edits the schema", () => {
  it("sees no byte change when codegen runs twice", async () => {
    const before = tree(join(project, "generated"));
    const { code, said } = await codegen();
    expect(said).toMatch(/\d+ files in generated: 0 written, \d+ unchanged, 0 removed in \d+ ms/);
    expect(code).toBe(0);
    expect(tree(join(project, "generated"))).toEqual(before);
  });

  it("sees --check exit 1 with a diff after an edit, and 0 before", async () => {
    expect(await codegen("--check")).toEqual({ code: 0, said: "generated is current\n" });
    const undo = edit("schema/issues.yaml", (text) => text.replace("group_id: {", "group_number: {"));
    const { code, said } = await codegen("--check");
    undo();
    expect(code).toBe(1);
    expect(said).toContain("-  group_id: number;");
    expect(said).toContain("+  group_number: number;");
    expect(said).toContain("run `npx taskwire codegen`");
  });

  it("is sent to the handlers by tsc after adding a task, until it is written", async () => {
    const undo = edit(
      "schema/issues.yaml",
      (text) => `${text}      close_issue:\n        parameters: { group_id: int }\n`,
    );
    expect((await codegen()).code).toBe(0);
    const { code, said } = await tsc();
    expect(code).toBe(1);
    expect(said).toMatch(/examples\/issues\.ts.*Property 'closeIssue' is missing/s);
    undo();
    expect((await codegen()).code).toBe(0);
    expect(await tsc()).toEqual({ code: 0, said: "" });
  });

  it("is stopped by tsc at a call with a wrong field", async () => {
    const caller = join(project, "examples/caller.ts");
    writeFileSync(
      caller,
      'import { issues } from "../generated/index.js";\nexport const call = () => issues.deliverIssueWebhook.delay({ organization_id: 1, issue_id: 2 });\n',
    );
    const { code, said } = await tsc();
    rmSync(caller);
    expect(code).toBe(1);
    expect(said).toMatch(/examples\/caller\.ts\(2,\d+\).*'issue_id' does not exist in type 'DeliverIssueWebhookInput'/);
  });

  it("sees every problem at once, with its place, and nothing is written", async () => {
    const undo = edit("schema/issues.yaml", (text) =>
      text.replace("retry: webhook", "retry: webhok\n        retries: 3"),
    );
    const before = tree(join(project, "generated"));
    const { code, said } = await codegen();
    undo();
    expect(code).toBe(1);
    expect(said).toMatch(/schema\/issues\.yaml:\d+:\d+: .*webhok.*webhook/);
    expect(said).toMatch(/schema\/issues\.yaml:\d+:\d+: .*retries/);
    expect(tree(join(project, "generated"))).toEqual(before);
  });

  it("gets stale files removed, but only ours", async () => {
    const mine = join(project, "generated/mine.ts");
    const stale = join(project, "generated/namespaces/gone.ts");
    writeFileSync(mine, "export {};\n");
    writeFileSync(stale, `${readFileSync(join(project, "generated/index.ts"), "utf8").split("\n")[0]}\nexport {};\n`);
    expect((await codegen()).said).toContain("1 removed");
    expect([existsSync(mine), existsSync(stale)]).toEqual([true, false]);
  });
});
