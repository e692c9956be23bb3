import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const checker = join(root, "test/walls/check.mjs");
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-walls-"));
  folders.push(folder);
  return folder;
}

function copyOfTheTree(): string {
  const copy = emptyFolder();
  for (const folder of ["runtime", "codegen"]) {
    cpSync(join(root, folder), join(copy, folder), {
      recursive: true,
      filter: (path) => !/[/\\](dist|node_modules)$/.test(path),
    });
  }
  for (const file of ["tsconfig.json", "tsconfig.base.json", "package.json"])
    cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

/** What the checker prints as errors about a folder; it has to fail. */
function errorsIn(folder: string): string {
  const { status, stderr } = spawnSync(process.execPath, [checker, folder], { encoding: "utf8" });
  expect(status).toBe(1);
  return stderr;
}

describe("the checker of walls, exports and sizes", () => {
  it("finds no violation in this repository", () => {
    expect(execFileSync(process.execPath, [checker, root], { encoding: "utf8" })).toContain("import walls hold");
  });

  it("names planted imports over a wall, a circle of types, an unused export and a file that is too long", () => {
    const copy = copyOfTheTree();
    write(copy, {
      "runtime/worker/planted.ts":
        'import { startBroker } from "../broker/index.js";\nexport const planted = startBroker;\n',
      "runtime/log/kafka/append/planted.ts": 'import "../read/reader.js";\n',
      "runtime/base/there.ts":
        'import type { Back } from "./back.js";\nexport interface There {\n  readonly back: Back;\n}\n',
      "runtime/base/back.ts":
        'import type { There } from "./there.js";\nexport interface Back {\n  readonly there: There;\n}\n',
      "codegen/long.ts": "// one line\n".repeat(351),
    });
    const errors = errorsIn(copy);
    expect(errors).toContain("runtime/worker/planted.ts -> runtime/broker/index.ts: runtime-worker");
    expect(errors).toContain("runtime/worker/planted.ts:2: export planted is used by nobody: delete it");
    expect(errors).toContain(
      "runtime/log/kafka/append/planted.ts -> runtime/log/kafka/read/reader.ts: log-kafka-append",
    );
    expect(errors).toMatch(/runtime\/base\/(there|back)\.ts -> .*: no-cycles/);
    expect(errors).toContain("codegen/long.ts: 351 lines, at most 350");
  });

  it("fails when it resolves nothing", () => {
    const empty = emptyFolder();
    cpSync(join(root, "tsconfig.json"), join(empty, "tsconfig.json"));
    cpSync(join(root, "tsconfig.base.json"), join(empty, "tsconfig.base.json"));
    expect(errorsIn(empty)).toContain("it resolves nothing");
  });

  it("follows every way of importing, and reports only exports that none of them reaches", () => {
    const tree = emptyFolder();
    cpSync(join(root, "tsconfig.base.json"), join(tree, "tsconfig.base.json"));
    write(tree, {
      "tsconfig.json": '{ "extends": "./tsconfig.base.json" }',
      "runtime/package.json": '{ "name": "taskwire", "exports": { ".": { "default": "./dist/index.js" } } }',
      "runtime/index.ts": [
        'export { renamed as published } from "./names.js";',
        'export * from "./star.js";',
        'import * as space from "./space.js";',
        'import type { Shape } from "./names.js";',
        "export const value: Shape = space.member;",
        'export const lazy = async () => (await import("./lazy.js")).taken;',
      ].join("\n"),
      "runtime/names.ts": [
        "export const renamed = 1;",
        "export interface Shape { of?: Inner }",
        "export interface Inner { size: number }",
        "export const nobody = 2;",
        "export const helper = () => 3;",
        "/** Exported for tests. */",
        "export const seam = () => helper();",
        "/** Exported for tests. */",
        "export const wrong = seam();",
      ].join("\n"),
      "runtime/star.ts": "export const everything = 1;\n",
      "runtime/space.ts": "export const member = {};\nexport const other = 1;\n",
      "runtime/lazy.ts": "export const taken = 1;\nexport const left = 1;\n",
      "runtime/user.ts": 'import { wrong } from "./names.js";\nconsole.log(wrong);\n',
      "test/a.test.ts": 'import { helper, seam } from "#runtime/names.js";\nhelper();\nseam();\n',
    });
    expect(
      errorsIn(tree)
        .split("\n")
        .filter((line) => line.includes(": export ")),
    ).toEqual([
      "runtime/lazy.ts:2: export left is used by nobody: delete it",
      'runtime/names.ts:3: export Inner is used only in its own file: remove "export"',
      "runtime/names.ts:4: export nobody is used by nobody: delete it",
      'runtime/names.ts:5: export helper is imported only by tests: test it through its users, or write "Exported for tests" in the comment above it',
      'runtime/names.ts:9: export wrong is used by product code: remove "Exported for tests" from its comment',
      "runtime/space.ts:2: export other is used by nobody: delete it",
    ]);
  });
});
