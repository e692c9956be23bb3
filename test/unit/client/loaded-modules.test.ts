import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "taskwire-modules-"));

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every file that V8 compiled, of either module kind: the coverage report lists them all. */
function filesLoadedBy(entry: string): string[] {
  const reports = join(folder, entry.replaceAll("/", "-"));
  execFileSync(process.execPath, ["--input-type=module", "--eval", `await import(${JSON.stringify(entry)})`], {
    env: { ...process.env, NODE_V8_COVERAGE: reports, NODE_OPTIONS: "" },
  });
  return readdirSync(reports).flatMap((report) => {
    const { result } = JSON.parse(readFileSync(join(reports, report), "utf8"));
    return result.map(({ url }: { readonly url: string }) => url);
  });
}

/** `taskwire` alone needs none of the three; a producer always loads them with its generated code. */
it.each([
  ["taskwire", []],
  ["taskwire/generated", ["@bufbuild/protobuf", "@msgpack/msgpack", "zod"]],
])("%s loads no package but %j", (entry, expected) => {
  const files = filesLoadedBy(entry);
  const packages = files.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
  const found = new Set(packages.filter((name) => name !== undefined));
  expect([...found].sort()).toEqual(expected);
  const rooms = new Set(files.map((url) => /\/runtime\/dist\/([a-z]+)\//.exec(url)?.[1]));
  for (const room of ["broker", "worker", "cli", "sampling"]) expect(rooms.has(room), room).toBe(false);
  expect(rooms.has("client")).toBe(true);
});
