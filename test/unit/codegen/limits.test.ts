import { mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CodegenResult, codegen, formatProblem } from "#codegen/index.js";

let cwd = "";

beforeEach(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), "taskwire-limits-"));
});

afterEach(() => rm(cwd, { recursive: true }));

const run = (): Promise<CodegenResult> => codegen({ schema: "schema", out: "generated", check: false, cwd });

/** Messages of a run that wrote nothing. */
async function refused(text: string | undefined): Promise<readonly string[]> {
  if (text !== undefined) await schema(text);
  const result = await run();
  if (result.kind !== "problems") throw new Error(`expected problems, got ${result.kind}`);
  expect(await readdir(cwd)).toEqual(["schema"]);
  return result.problems.map(formatProblem);
}

async function schema(text: string): Promise<void> {
  await mkdir(path.join(cwd, "schema"), { recursive: true });
  await writeFile(path.join(cwd, "schema", "a.yaml"), text);
}

describe("a schema beyond all measure", () => {
  it("of 50 MB is refused by its size", async () => {
    await schema("taskwire: 1\n");
    const file = await open(path.join(cwd, "schema", "a.yaml"), "r+");
    await file.truncate(50 * 1024 * 1024);
    await file.close();
    expect(await refused(undefined)).toEqual([
      "schema/a.yaml:1:1: expected a file of at most 1 MiB, got 52428800 bytes; split it: a folder of files is one schema",
    ]);
  });

  it("nested some thousand levels deep is refused", async () => {
    expect(await refused(`a: ${"[".repeat(50_000)}${"]".repeat(50_000)}\n`)).toEqual([
      "schema/a.yaml:1:1: the YAML is nested too deeply",
    ]);
    const [, message] = await refused(`a: ${"[".repeat(100)}${"]".repeat(100)}\n`);
    expect(message).toMatch(/nested more than 64 levels deep$/);
  });

  it("that blows up by its aliases is refused", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 30; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    const messages = await refused(`${lines.join("\n")}\n`);
    expect(messages.filter((message) => / values, got more; write the values out$/.test(message))).toEqual([
      expect.stringContaining("expected aliases that add at most 10000 values"),
    ]);
  });

  it("with thousands of mistakes names every one of them", async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `  key_${index}: 1`).join("\n");
    const messages = await refused(`taskwire: 1\napplication: a\nnamespaces:\n${keys}\n`);
    expect(messages).toHaveLength(5000);
    expect(messages.at(-1)).toBe("schema/a.yaml:5003:13: namespaces.key_4999: expected a namespace (a mapping), got 1");
  });

  it("with names as long as a file may be is refused by the rule for names, in short messages", async () => {
    const messages = await refused(`taskwire: 1\napplication: ${"a".repeat(500_000)}\nnamespaces: {}\n`);
    expect(messages).toHaveLength(1);
    expect(messages[0]?.length).toBeLessThan(400);
  });
});
