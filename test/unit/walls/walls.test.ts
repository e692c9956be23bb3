import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const checker = join(root, "test/walls/check.mjs");
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function copyOfTheTree(): string {
  const copy = mkdtempSync(join(tmpdir(), "taskwire-walls-"));
  folders.push(copy);
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

describe("the wall checker", () => {
  it("finds no violation in this repository", () => {
    expect(execFileSync(process.execPath, [checker, root], { encoding: "utf8" })).toContain("import walls hold");
  });

  it("fails on a planted import of the broker by the worker and names both files", () => {
    const copy = copyOfTheTree();
    writeFileSync(
      join(copy, "runtime/worker/planted.ts"),
      'import { startBroker } from "../broker/index.js";\nexport const planted = startBroker;\n',
    );
    const { status, stderr } = spawnSync(process.execPath, [checker, copy], { encoding: "utf8" });
    expect(stderr).toContain("runtime/worker/planted.ts -> runtime/broker/index.ts: runtime-worker");
    expect(status).toBe(1);
  });

  it("fails when it resolves nothing", () => {
    const empty = mkdtempSync(join(tmpdir(), "taskwire-walls-"));
    folders.push(empty);
    cpSync(join(root, "tsconfig.json"), join(empty, "tsconfig.json"));
    cpSync(join(root, "tsconfig.base.json"), join(empty, "tsconfig.base.json"));
    const { status } = spawnSync(process.execPath, [checker, empty], { encoding: "utf8" });
    expect(status).not.toBe(0);
  });
});
