import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CodegenResult, codegen, formatProblem } from "#codegen/index.js";
import { isLeftover } from "#codegen/write/temporary.js";

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), "taskwire-write-"));
  await mkdir(path.join(cwd, "schema"));
  await schema("a: { tasks: { one: {} } }", "b: { tasks: { two: {} } }");
});

afterEach(() => rm(cwd, { recursive: true }));

async function schema(...namespaces: readonly string[]): Promise<void> {
  const text = ["taskwire: 1", "application: app", "namespaces:", ...namespaces.map((one) => `  ${one}`), ""].join(
    "\n",
  );
  await writeFile(path.join(cwd, "schema/app.yaml"), text);
}

const run = (check = false): Promise<CodegenResult> => codegen({ schema: "schema", out: "out", check, cwd });
const out = (name: string): string => path.join(cwd, "out", name);

async function differences(): Promise<Record<string, string>> {
  const result = await run(true);
  if (result.kind !== "checked") throw new Error(`expected differences, got ${result.kind}`);
  return Object.fromEntries(result.differences.map(({ path, diff }) => [path, diff]));
}

async function problems(): Promise<readonly string[]> {
  const result = await run();
  return result.kind === "problems" ? result.problems.map(formatProblem) : [];
}

test("writes once, then changes nothing and leaves no temporary file", async () => {
  const first = await run();
  expect(first).toMatchObject({ kind: "written", files: 7, tasks: 2, removed: [] });
  const before = await stat(out("index.ts"));
  expect(await run()).toMatchObject({ kind: "written", changed: [], removed: [] });
  expect((await stat(out("index.ts"))).mtimeMs).toBe(before.mtimeMs);
  expect((await readdir(path.join(cwd, "out"), { recursive: true })).filter((name) => name.includes("tmp"))).toEqual(
    [],
  );
});

test("a temporary file that another run renames while this one looks is no leftover", async () => {
  await run();
  // No process has such a number.
  const name = "namespaces/.a.ts.999999999.tmp";
  await writeFile(out(name), "// @gen");
  expect(await isLeftover(path.join(cwd, "out"), name)).toBe(true);
  await rm(out(name));
  expect(await isLeftover(path.join(cwd, "out"), name)).toBe(false);
});

test("a problem writes nothing", async () => {
  await run();
  const before = await readFile(out("taskwire.json"), "utf8");
  await schema("a: { tasks: { one: {}, two: { retry: gone } } }");
  expect(await problems()).toEqual([
    'schema/app.yaml:4:40: namespaces.a.tasks.two.retry: unknown retry policy "gone"; known policies: none',
  ]);
  expect(await readFile(out("taskwire.json"), "utf8")).toBe(before);
  await stat(out("namespaces/b.ts"));
});

test("a file of ours that is no longer generated goes; others stay", async () => {
  await run();
  await writeFile(out("namespaces/mine.ts"), "export const mine = 1;\n");
  await writeFile(out("notes.txt"), "mine\n");
  await schema("a: { tasks: { one: {} } }");
  expect(await run()).toMatchObject({ kind: "written", removed: ["namespaces/b.ts"] });
  expect((await readdir(path.join(cwd, "out"), { recursive: true })).sort()).toEqual([
    "environments.ts",
    "index.ts",
    "namespaces",
    "namespaces/a.ts",
    "namespaces/mine.ts",
    "notes.txt",
    "registry.ts",
    "taskwire.json",
    "types.ts",
  ]);
});

test("a file that codegen did not write is never replaced", async () => {
  await mkdir(path.join(cwd, "out"));
  await writeFile(out("index.ts"), "export const mine = 1;\n");
  expect(await problems()).toEqual([
    "out/index.ts:1:1: expected a file that codegen wrote, got one without its header; move it away or choose another folder with --out DIR",
  ]);
  expect(await readdir(path.join(cwd, "out"))).toEqual(["index.ts"]);
});

test("--check: nothing to say after a run", async () => {
  await run();
  expect(await differences()).toEqual({});
});

test("--check names changed, missing, stale and torn files with diffs, and writes nothing", async () => {
  await run();
  await schema("a: { tasks: { one: { expires: 1m } } }", "c: { tasks: {} }");
  const torn = (await readFile(out("types.ts"), "utf8")).slice(0, 40);
  await writeFile(out("types.ts"), torn);
  await writeFile(out("index.ts"), "");
  const found = await differences();
  expect(Object.keys(found)).toEqual([
    "index.ts",
    "namespaces/a.ts",
    "namespaces/b.ts",
    "namespaces/c.ts",
    "registry.ts",
    "taskwire.json",
    "types.ts",
  ]);
  expect(found["namespaces/a.ts"]).toContain("+    expires: 60000,");
  expect(found["namespaces/b.ts"]).toContain("+++ /dev/null");
  expect(found["namespaces/c.ts"]).toContain("--- /dev/null");
  expect(found["types.ts"]).toContain(`-${torn}`);
  expect(await readFile(out("types.ts"), "utf8")).toBe(torn);
  expect(await run()).toMatchObject({ kind: "written", removed: ["namespaces/b.ts"] });
  expect(await differences()).toEqual({});
});

test("a file with merge marks at its head is still ours", async () => {
  await run();
  await writeFile(out("index.ts"), `<<<<<<< ours\n${await readFile(out("index.ts"), "utf8")}`);
  expect(await run()).toMatchObject({ kind: "written", changed: ["index.ts"] });
});

test("a big file is refused without being parsed", async () => {
  await writeFile(path.join(cwd, "schema/big.yaml"), Buffer.alloc(50 * 1024 * 1024, "a: [x]\n"));
  expect(await problems()).toEqual([
    "schema/big.yaml:1:1: expected a file of at most 1 MiB, got 52428800 bytes; split it: a folder of files is one schema",
  ]);
});

test("deep nesting is a clear problem", async () => {
  await writeFile(path.join(cwd, "schema/deep.yaml"), "a: ".concat("[".repeat(20_000), "]".repeat(20_000), "\n"));
  expect(await problems()).toEqual(["schema/deep.yaml:1:1: the YAML is nested too deeply"]);
  await writeFile(path.join(cwd, "schema/deep.yaml"), "a: ".concat("[".repeat(100), "]".repeat(100), "\n"));
  expect(await problems()).toContain("schema/deep.yaml:1:68: nested more than 64 levels deep");
});

test("no folder, a file instead of one, and an empty one", async () => {
  const at = async (schema: string) => {
    const result = await codegen({ schema, out: "out", check: false, cwd });
    return result.kind === "problems" ? result.problems.map(formatProblem) : [];
  };
  await mkdir(path.join(cwd, "empty"));
  const wanted = "expected a folder with *.yaml files";
  const hint = "name the schema's folder with --schema DIR";
  expect(await at("nowhere")).toEqual([`nowhere:1:1: ${wanted}, got nothing; ${hint}`]);
  expect(await at("schema/app.yaml")).toEqual([`schema/app.yaml:1:1: ${wanted}, got a file; ${hint}`]);
  expect(await at("empty")).toEqual([`empty:1:1: ${wanted}, got a folder without them; ${hint}`]);
});

test("a link in the output folder is refused, neither replaced nor written through", async () => {
  await run();
  const target = path.join(cwd, "target.ts");
  await writeFile(target, "untouched\n");
  await rm(out("index.ts"));
  await symlink(target, out("index.ts"));
  expect(await problems()).toEqual([
    "out/index.ts:1:1: expected a file that codegen wrote, got a link or special file; move it away or choose another folder with --out DIR",
  ]);
  expect(await readFile(target, "utf8")).toBe("untouched\n");
  expect((await lstat(out("index.ts"))).isSymbolicLink()).toBe(true);
});

test("a user's file that holds our header further down stays", async () => {
  await run();
  const mine = `export const text = \`\n${await readFile(out("namespaces/a.ts"), "utf8")}\`;\n`;
  await writeFile(out("mine.ts"), mine);
  await writeFile(out("namespaces/b.ts"), `\uFEFF${await readFile(out("namespaces/b.ts"), "utf8")}`);
  await schema("a: { tasks: { one: {} } }");
  expect(await run()).toMatchObject({ kind: "written", removed: ["namespaces/b.ts"] });
  expect(await readFile(out("mine.ts"), "utf8")).toBe(mine);
});

test("a taskwire.json of another tool is refused; a torn one and one with merge marks are ours", async () => {
  await mkdir(path.join(cwd, "out"));
  for (const text of ['{"mine":1}', "[]", "null"]) {
    await writeFile(out("taskwire.json"), text);
    expect(await problems()).toEqual([
      "out/taskwire.json:1:1: expected a file that codegen wrote, got JSON without the keys of a model; move it away or choose another folder with --out DIR",
    ]);
    expect(await readdir(path.join(cwd, "out"))).toEqual(["taskwire.json"]);
  }
  for (const text of ['{\n  "taskwire": 1,', "<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n", '{"hash":"0"}']) {
    await writeFile(out("taskwire.json"), text);
    expect(await run()).toMatchObject({ kind: "written" });
  }
});

test("specifiers follow the tsconfig that covers the output folder", async () => {
  await writeFile(
    path.join(cwd, "tsconfig.base.json"),
    '{ "compilerOptions": { "rewriteRelativeImportExtensions": true } }',
  );
  await writeFile(path.join(cwd, "tsconfig.json"), '{ "extends": "./tsconfig.base.json" }');
  await run();
  expect(await readFile(out("index.ts"), "utf8")).toContain('"./namespaces/a.ts"');
  await writeFile(path.join(cwd, "tsconfig.json"), "{}");
  await run();
  expect(await readFile(out("index.ts"), "utf8")).toContain('"./namespaces/a.js"');
});
