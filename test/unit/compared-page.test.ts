import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/pages/pages.js";

const FOLDER = join(ROOT, "docs/reference");
const rows = readFileSync(join(FOLDER, "console-compared.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| feature") && !line.startsWith("| ---"))
  .map((line) => line.slice(2, -2).split(" | "));

describe("docs/reference/console-compared.md", () => {
  it("names for each feature that Taskwire has a test that exists, in the file that it links to", () => {
    const wrong = rows.flatMap((cells) => {
      const [feature, ours, shown = ""] = [cells[0], cells[8], cells[9]];
      if (ours === "N") return [];
      const [, title, file] = /^\[(.+)\]\((\S+\.test\.ts)\)$/.exec(shown) ?? [];
      if (title === undefined || file === undefined) return [`${feature}: no test`];
      const found = readFileSync(join(FOLDER, file), "utf8").includes(`"${title}"`);
      return found ? [] : [`${feature}: no test "${title}" in ${file}`];
    });
    expect(wrong).toEqual([]);
  });

  it("has a verdict on every one of the eight consoles in each row", () => {
    expect(rows.length).toBeGreaterThan(40);
    const verdicts = rows.flatMap((cells) => cells.slice(1, 9));
    expect(verdicts.length).toBe(8 * rows.length);
    expect(verdicts.filter((verdict) => !/^([YNP?$]|P \(.+\))$/.test(verdict))).toEqual([]);
  });
});
