import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, milliseconds, wholeSeconds } from "#runtime/base/duration.js";
import { dataFolder } from "#runtime/base/files/data-folder.js";
import { uuidv5 } from "#runtime/base/ids.js";

describe("durations in a schema", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    [3, 3000],
    ["7", 7000],
  ])("reads %s as %d ms", (text, expected) => expect(milliseconds(text)).toBe(expected));

  it.each(["", "s", "-1s", "1 year", "1e9", Number.NaN, -1])("refuses %s", (text) => {
    expect(() => milliseconds(text)).toThrow("expected a duration such as");
  });

  it("refuses what the wire cannot carry instead of rounding it", () => {
    expect(() => wholeSeconds("1500ms")).toThrow('expected a duration of whole seconds, got "1500ms"');
  });

  it("formats so that it reads the same", () => {
    fc.assert(
      fc.property(fc.nat(), (ms) => {
        expect(milliseconds(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe("uuidv5", () => {
  it("gives the value of RFC 9562, appendix A.4", () => {
    expect(uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
      "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    );
  });
});

describe("the data folder", () => {
  it("is the given one, else TASKWIRE_DATA, else .taskwire beside the nearest package.json", () => {
    const root = mkdtempSync(join(tmpdir(), "taskwire-data-"));
    try {
      const inner = join(root, "a", "b");
      mkdirSync(inner, { recursive: true });
      writeFileSync(join(root, "package.json"), "{}");
      expect(dataFolder("given", { TASKWIRE_DATA: join(root, "env") }, inner)).toBe(join(inner, "given"));
      expect(dataFolder(undefined, { TASKWIRE_DATA: join(root, "env") }, inner)).toBe(join(root, "env"));
      expect(dataFolder(undefined, {}, inner)).toBe(join(root, ".taskwire"));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
