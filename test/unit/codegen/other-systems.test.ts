import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codegen, formatProblem } from "#codegen/index.js";
import { lint } from "#codegen/lint/lint.js";
import { isSchemaFile } from "#codegen/read/folder.js";

let cwd: string;

const SCHEMA = `taskwire: 1
application: app
namespaces:
  notes:
    description: |
      First line.
      Second line.
    tasks:
      write:
        description: "Folded
          over two lines."
        parameters: { text: string }
`;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), "taskwire-systems-"));
  mkdirSync(path.join(cwd, "schema"));
  writeFileSync(path.join(cwd, "schema/notes.yaml"), SCHEMA);
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function messages(result: Awaited<ReturnType<typeof codegen>>): unknown {
  return result.kind === "problems" ? result.problems.map(formatProblem) : result;
}

const run = (check: boolean) => codegen({ schema: "schema", out: "out", check, cwd });

/** As a checkout of Git for Windows and Notepad leave a text. */
function asOnWindows(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    writeFileSync(file, `\uFEFF${readFileSync(file, "utf8").replaceAll("\n", "\r\n")}`);
  }
}

describe("files as other systems write them", () => {
  it("with CRLF and a mark at the start are current, and are not written again", async () => {
    await run(false);
    asOnWindows(path.join(cwd, "out"));
    expect(await run(true)).toMatchObject({ kind: "checked", differences: [], torn: false });
    expect(await run(false)).toMatchObject({ kind: "written", changed: [], removed: [], torn: false });
  });

  it("with CRLF and a change show the change alone", async () => {
    await run(false);
    asOnWindows(path.join(cwd, "out"));
    const file = path.join(cwd, "out/index.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace("export", "exported"));
    const result = await run(true);
    expect(result).toMatchObject({ kind: "checked", differences: [{ path: "index.ts", kind: "changed" }], torn: true });
    const [difference] = result.kind === "checked" ? result.differences : [];
    expect(difference?.diff.split("\n").filter((line) => /^[-+](?![-+])/.test(line))).toHaveLength(2);
  });

  it("are the same schema with CRLF and a mark at the start", async () => {
    await run(false);
    asOnWindows(path.join(cwd, "schema"));
    expect(await run(true)).toMatchObject({ kind: "checked", differences: [] });
    expect(await lint({ schema: "schema", cwd })).toMatchObject({ kind: "linted" });
  });

  it("beside the schema's are not read", async () => {
    await run(false);
    const schema = path.join(cwd, "schema");
    for (const name of [
      ".DS_Store",
      "Thumbs.db",
      "notes.yaml~",
      ".notes.yaml.swp",
      "4913",
      "._notes.yaml",
      "#notes.yaml#",
      "desktop.ini",
      "notes.yaml.bak",
    ])
      writeFileSync(path.join(schema, name), "\0\xff not YAML: [");
    symlinkSync("user@host.1234:1", path.join(schema, ".#notes.yaml"));
    mkdirSync(path.join(schema, "..2026_11_30"));
    cpSync(path.join(schema, "notes.yaml"), path.join(schema, "..2026_11_30/notes.yaml"));
    expect(await run(true)).toMatchObject({ kind: "checked", differences: [] });
  });

  it("beside the generated ones are left alone", async () => {
    await run(false);
    for (const name of ["._index.ts", ".DS_Store", "index.ts~", ".index.ts.swp", "namespaces/._notes.ts"])
      writeFileSync(path.join(cwd, "out", name), "\0\xff");
    symlinkSync("user@host.1234:1", path.join(cwd, "out/.#index.ts"));
    symlinkSync("nowhere.ts", path.join(cwd, "out/gone.ts"));
    expect(await run(true)).toMatchObject({ kind: "checked", differences: [], torn: false });
    expect(await run(false)).toMatchObject({ kind: "written", changed: [], removed: [] });
  });

  it("that are links to nowhere are named", async () => {
    symlinkSync("nowhere.yaml", path.join(cwd, "schema/gone.yaml"));
    symlinkSync("loop.yaml", path.join(cwd, "schema/loop.yaml"));
    const result = await run(true);
    expect(result.kind === "problems" ? result.problems.map(formatProblem) : result).toEqual([
      expect.stringMatching(/^schema\/gone\.yaml:1:1: expected a file, got a broken link; remove or rename it/),
      expect.stringMatching(/^schema\/loop\.yaml:1:1: expected a file, got a broken link; remove or rename it/),
    ]);
  });

  it("are read once when a link leads back to a folder that contains it", async () => {
    symlinkSync(".", path.join(cwd, "schema/again"));
    mkdirSync(path.join(cwd, "schema/team"));
    writeFileSync(path.join(cwd, "schema/team/more.yaml"), "taskwire: 1\n");
    symlinkSync("..", path.join(cwd, "schema/team/up"));
    expect(await run(false)).toMatchObject({ kind: "written" });
  });

  it("and folders behind a link are read", async () => {
    mkdirSync(path.join(cwd, "elsewhere"));
    writeFileSync(path.join(cwd, "elsewhere/more.yaml"), "taskwire: 1\ntypo: 1\n");
    symlinkSync("../elsewhere", path.join(cwd, "schema/more"));
    expect(messages(await run(false))).toEqual([expect.stringContaining("schema/more/more.yaml:2:1: typo:")]);
  });

  it("name a schema folder that is a link to itself", async () => {
    symlinkSync("one", path.join(cwd, "two"));
    symlinkSync("two", path.join(cwd, "one"));
    expect(messages(await codegen({ schema: "one", out: "out", check: false, cwd }))).toEqual([
      "one:1:1: expected a folder with *.yaml files, got a broken link; name the schema's folder with --schema DIR",
    ]);
  });

  it("with carriage returns alone at the line ends are the same schema, and problems keep their places", async () => {
    await run(false);
    writeFileSync(path.join(cwd, "schema/notes.yaml"), SCHEMA.replaceAll("\n", "\r"));
    expect(await run(true)).toMatchObject({ kind: "checked", differences: [] });
    writeFileSync(path.join(cwd, "schema/notes.yaml"), SCHEMA.replace("string", "strin").replaceAll("\n", "\r"));
    expect(messages(await run(false))).toEqual([expect.stringContaining("schema/notes.yaml:12:29: ")]);
  });

  it.each(["\uFEFF", ""])("in UTF-16 are refused by name, with %j at the start", async (mark) => {
    writeFileSync(path.join(cwd, "schema/notes.yaml"), Buffer.from(mark + SCHEMA, "utf16le"));
    expect(messages(await run(false))).toEqual([
      "schema/notes.yaml:1:1: expected UTF-8 text, got UTF-16; save it as UTF-8",
    ]);
  });

  it.skipIf(process.getuid?.() === 0)("that may not be read are named", async () => {
    chmodSync(path.join(cwd, "schema/notes.yaml"), 0o000);
    const result = await run(true);
    expect(result.kind === "problems" ? result.problems.map(formatProblem) : result).toEqual([
      expect.stringMatching(/expected a file that can be read, got the error EACCES/),
    ]);
  });
});

it.each([
  ["a.yaml", true],
  ["deep/a.yml", true],
  ["a.YAML", true],
  ["../schema/a.yaml", true],
  ["._a.yaml", false],
  [".#a.yaml", false],
  ["deep/.hidden/a.yaml", false],
  ["..data/a.yaml", false],
  ["a.yaml~", false],
])("%s is a schema file: %s", (name, expected) => {
  expect(isSchemaFile(name)).toBe(expected);
});
