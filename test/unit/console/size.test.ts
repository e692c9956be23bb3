import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "../../../runtime/dist/console");
const KB = 1024;

const page = readFileSync(join(FOLDER, "index.html"), "utf8");
const files = readdirSync(join(FOLDER, "assets")).map((name) => `assets/${name}`);

function size(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(FOLDER, name)), { level: 9 }).length, 0);
}

/** What a browser loads before it draws anything. */
function first(extension: string): string[] {
  return [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].flatMap(([, name]) =>
    name?.endsWith(extension) === true ? [name] : [],
  );
}

describe("the weight of the built console, gzip", () => {
  test("the script that is loaded first weighs at most 60 KB", () => {
    expect(first(".js")).not.toEqual([]);
    expect(size(first(".js"))).toBeLessThanOrEqual(60 * KB);
  });

  test("the styles of all screens weigh at most 10 KB", () => {
    const styles = files.filter((name) => name.endsWith(".css"));
    expect(styles).toEqual(expect.arrayContaining(first(".css")));
    expect(size(styles)).toBeLessThanOrEqual(10 * KB);
  });

  test("all files together weigh at most 110 KB", () => {
    expect(size(["index.html", ...files])).toBeLessThanOrEqual(110 * KB);
  });

  test("nothing is loaded from elsewhere, and no file has a development build or a source map", () => {
    for (const name of files.filter((each) => each.endsWith(".js"))) {
      const text = readFileSync(join(FOLDER, name), "utf8");
      expect(text, name).not.toMatch(/sourceMappingURL|preact\/debug/);
    }
    expect(page).not.toMatch(/https?:/);
  });
});
