import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMAND } from "../support/processes/command.js";
import { Project, schemaText } from "../support/processes/project.js";

const ROOT = resolve(import.meta.dirname, "../..");
const A = "a: { tasks: { one: { parameters: { id: int } } } }";
const B = "b: { tasks: { two: {} } }";
const TORN =
  "generated files in generated had been edited, merged or half-written (they do not match the hash in taskwire.json)";
let project: Project;

beforeEach(() => {
  project = new Project();
  project.write("package.json", "{}");
  project.write("schema/app.yaml", schemaText(A, B));
});

afterEach(() => project[Symbol.dispose]());

describe("taskwire codegen", () => {
  it("says in one line what it wrote, left alone and removed, and names the removed", async () => {
    const line = (written: number, unchanged: number, removed: number, names = "") =>
      new RegExp(
        `^${written + unchanged} files in generated: ${written} written, ${unchanged} unchanged, ${removed} removed in \\d+ ms\n${names}$`,
      );
    expect((await project.taskwire("codegen")).out).toMatch(line(7, 0, 0));
    expect((await project.codegen()).out).toMatch(line(0, 7, 0));
    project.write("schema/app.yaml", schemaText(A));
    expect((await project.codegen()).out).toMatch(line(3, 3, 1, "  removed namespaces/b.ts\n"));
  });

  it("prints the result as JSON", async () => {
    const { out } = await project.taskwire("codegen", "--json");
    expect(JSON.parse(out)).toMatchObject({ kind: "written", files: 7, tasks: 2, removed: [], torn: false });
  });

  it("prints problems as text, and with --format json as one document that is all of standard output", async () => {
    project.write("schema/app.yaml", schemaText(A, "b: { tasks: { two: { retry: gone } } }"));
    const text = await project.taskwire("codegen");
    expect(text).toMatchObject({ code: 1, out: "" });
    expect(text.err).toContain("schema/app.yaml:5:31: namespaces.b.tasks.two.retry: unknown retry policy");
    expect(text.err).toContain("1 problem in the schema; nothing was written");
    const json = await project.taskwire("codegen", "--format", "json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject([
      { file: "schema/app.yaml", line: 5, column: 31, code: "unknown_name" },
    ]);
    expect(readdirSync(project.folder)).toEqual(["package.json", "schema"]);
  });

  it("refuses --check with --watch, and says how in its help", async () => {
    expect(await project.taskwire("codegen", "--check", "--watch")).toMatchObject({ code: 2 });
    const { code, out } = await project.taskwire("codegen", "--help");
    expect(code).toBe(0);
    expect(out).toContain("Exit codes: 0 done, 1 ");
    expect(out).toContain("taskwire codegen --check");
  });

  it("follows a tsconfig with comments that extends another; --import-extension wins", async () => {
    const specifier = () => /"\.\/namespaces\/a(\.[jt]s)"/.exec(project.read("generated/index.ts"))?.[1];
    project.write("config/base.json", '{ /* shared */ "compilerOptions": { "allowImportingTsExtensions": true, }, }');
    project.write("tsconfig.json", '{\n  // ours\n  "extends": "./config/base.json",\n}\n');
    await project.codegen();
    expect(specifier()).toBe(".ts");
    await project.taskwire("codegen", "--import-extension", ".js");
    expect(specifier()).toBe(".js");
    project.write("generated/tsconfig.json", "{}");
    await project.codegen();
    expect(specifier()).toBe(".js");
  });

  it("names the package to install when @taskwire/codegen is not there", async () => {
    const modules = project.path("node_modules");
    mkdirSync(join(modules, "taskwire"), { recursive: true });
    const runtime = dirname(dirname(COMMAND));
    for (const part of ["bin", "dist", "package.json"]) {
      cpSync(join(runtime, part), join(modules, "taskwire", part), { recursive: true });
    }
    for (const name of readdirSync(join(ROOT, "node_modules"))) {
      if (!["taskwire", "@taskwire"].includes(name)) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    }
    const command = join(modules, "taskwire/bin/taskwire.js");
    for (const name of ["codegen", "init"]) {
      expect(await project.node([command, name])).toMatchObject({
        code: 1,
        err: "taskwire: the package @taskwire/codegen is not installed; run `npm install --save-dev @taskwire/codegen`\n",
      });
    }
  });
});

describe("taskwire codegen --check", () => {
  it("exits 1 with a unified diff and the command to run, without colours in a pipe", async () => {
    await project.taskwire("codegen");
    project.write("schema/app.yaml", schemaText("a: { tasks: { one: { parameters: { id: string } } } }", B));
    const { code, out, err } = await project.taskwire("codegen", "--check");
    expect(code).toBe(1);
    expect(out).toContain("--- on disk/namespaces/a.ts\n+++ generated/namespaces/a.ts\n@@ ");
    expect(out).toContain("-  id: number;\n+  id: string;");
    expect(out).not.toContain("\u001b");
    expect(err).toBe("taskwire: 2 files in generated differ from the schema; run `npx taskwire codegen`\n");
  });

  it("cuts a long diff and names every file that it leaves out", async () => {
    const fields = Array.from({ length: 150 }, (_, index) => `f${index}: int`).join(", ");
    project.write("schema/app.yaml", schemaText(`a: { tasks: { one: { parameters: { ${fields} } } } }`, B));
    const { code, out, err } = await project.codegen(true);
    expect(code).toBe(1);
    expect(out.split("\n").length).toBeLessThan(220);
    expect(out).toMatch(/\.\.\. and more:\n(.*\n)*? {2}types\.ts: missing, \d+ more lines/);
    expect(err).toContain("7 files in generated differ");
  });
});

describe("a run that is cut off", () => {
  /** Kills the process in front of its nth rename. */
  const killedAt = (rename: number) => {
    project.write(
      "kill.mjs",
      `import fs from "node:fs";
       import { syncBuiltinESMExports } from "node:module";
       const { rename } = fs.promises;
       let left = ${rename};
       fs.promises.rename = async (...names) => {
         if (--left === 0) process.kill(process.pid, "SIGKILL");
         return rename(...names);
       };
       syncBuiltinESMExports();`,
    );
    return project.node(["--import", pathToFileURL(project.path("kill.mjs")).href, COMMAND, "codegen"]);
  };

  it("leaves whole files, is reported by --check, and is repaired by the next run", async () => {
    await project.codegen();
    // In front of the first, between two, and in front of taskwire.json, which comes last.
    for (const rename of [1, 2, 4]) {
      project.write("schema/app.yaml", schemaText(A, B, `c${rename}: { tasks: { three: {} } }`));
      expect((await killedAt(rename)).code).toBeNull();
      const files = project.tree("generated");
      expect(Object.keys(files).some((name) => name.endsWith(".tmp"))).toBe(true);
      for (const [name, text] of Object.entries(files)) {
        if (name.endsWith(".ts")) expect(text).toMatch(/^\/\/ @generated by taskwire codegen from [\s\S]*\n$/);
      }
      const check = await project.codegen(true);
      expect(check.code).toBe(1);
      if (rename > 1) expect(check.err).toContain(TORN);
      const repaired = await project.codegen();
      expect(repaired.code).toBe(0);
      if (rename > 1) expect(repaired.err).toContain(`${TORN}; they have been regenerated`);
      expect(Object.keys(project.tree("generated")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      expect(await project.codegen(true)).toMatchObject({ code: 0, err: "" });
    }
  }, 180_000);

  it.each(["namespaces/a.ts", "taskwire.json", "index.ts"])(
    "and half a %s are reported and repaired in the same way",
    async (name) => {
      await project.codegen();
      const whole = project.read(`generated/${name}`);
      for (const length of [0, 100]) {
        truncateSync(project.path(`generated/${name}`), length);
        const check = await project.codegen(true);
        expect(check).toMatchObject({ code: 1 });
        expect(check.err).toContain(TORN);
        expect((await project.codegen()).err).toContain(TORN);
        expect(project.read(`generated/${name}`)).toBe(whole);
        expect(await project.codegen()).toMatchObject({ code: 0, err: "" });
      }
    },
  );
});

describe("the output folder", () => {
  it("is named when it cannot be written, and nothing in it changes", async () => {
    await project.taskwire("codegen");
    const before = project.tree("generated");
    project.write("schema/app.yaml", schemaText(A, "c: { tasks: {} }"));
    for (const folder of ["generated", "generated/namespaces"]) chmodSync(project.path(folder), 0o555);
    chmodSync(project.folder, 0o755);
    // Root may write everywhere: then it runs as nobody.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    const { code, err } = await project.node([COMMAND, "codegen"], nobody);
    for (const folder of ["generated", "generated/namespaces"]) chmodSync(project.path(folder), 0o755);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^taskwire: cannot write generated\/.*(EACCES|EPERM).*; make the folder writable, or choose another/,
    );
    expect(project.tree("generated")).toEqual(before);
  });

  it("keeps every file that is not ours, and refuses to replace one, or a folder", async () => {
    project.write("generated/mine.ts", "export const mine = 1;\n");
    project.write("generated/namespaces/.notes.ts.7.tmp", "not a leftover of ours\n");
    await project.codegen();
    project.write("schema/app.yaml", schemaText(B));
    expect((await project.codegen()).out).toContain("1 removed");
    expect(project.read("generated/mine.ts")).toBe("export const mine = 1;\n");
    expect(project.read("generated/namespaces/.notes.ts.7.tmp")).toBe("not a leftover of ours\n");
    const before = project.tree("generated");
    project.write("generated/namespaces/c.ts", "mine\n");
    mkdirSync(project.path("generated/namespaces/d.ts"));
    project.write("schema/app.yaml", schemaText(B, "c: { tasks: {} }", "d: { tasks: {} }"));
    const { code, err } = await project.codegen();
    expect(code).toBe(1);
    expect(err).toContain(
      "generated/namespaces/c.ts:1:1: expected a file that codegen wrote, got one without its header",
    );
    expect(err).toContain("generated/namespaces/d.ts:1:1: expected a file that codegen wrote, got a folder");
    expect(project.tree("generated")).toEqual({ ...before, "generated/namespaces/c.ts": "mine\n" });
  });

  it("may be a link to another folder, which stays one", async () => {
    mkdirSync(project.path("elsewhere"));
    symlinkSync("elsewhere", project.path("generated"));
    expect((await project.codegen()).out).toContain("7 files in generated: 7 written");
    expect(lstatSync(project.path("generated")).isSymbolicLink()).toBe(true);
    expect(readFileSync(project.path("elsewhere/index.ts"), "utf8")).toContain("@generated");
    project.write("schema/app.yaml", schemaText(A));
    expect((await project.codegen()).out).toContain("1 removed");
    expect(readdirSync(project.path("elsewhere/namespaces"))).toEqual(["a.ts"]);
    expect(await project.codegen(true)).toMatchObject({ code: 0, out: "generated is current\n" });
  });

  it("is a problem when a file has its name", async () => {
    writeFileSync(project.path("generated"), "mine");
    const { code, err } = await project.taskwire("codegen");
    expect(code).toBe(1);
    expect(err).toMatch(
      /^taskwire: cannot write generated: part of its path is a file \(ENOTDIR\); make the folder writable, or choose another/,
    );
    expect(project.read("generated")).toBe("mine");
  });
});
