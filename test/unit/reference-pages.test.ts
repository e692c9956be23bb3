import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALWAYS_DEADLETTERED, REASONS } from "#runtime/activation/reasons.js";
import { codeRows, pageText, ROOT } from "../support/pages/pages.js";
import { environmentVariables, errorCodes } from "../support/pages/source-facts.js";

const codes = errorCodes();
const isHeader = (name: string) => name.startsWith("taskwire-");
const rowsOf = (page: string) => codeRows(pageText(`docs/reference/${page}.md`));

describe("the reference pages say what the source says", () => {
  it("docs/reference/errors.md has a row for every code that an error is made with, and no other", () => {
    expect(codes.size).toBeGreaterThan(100);
    expect([...rowsOf("errors").keys()].sort()).toEqual([...codes.keys()].sort());
  });

  it("docs/reference/errors.md names the class of an error where it names one", () => {
    for (const [code, cells] of rowsOf("errors")) {
      if (cells.length < 2) continue;
      const named = [...(cells[0] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
      expect([code, named.filter((name) => codes.get(code)?.has(name) !== true)]).toEqual([code, []]);
    }
  });

  it("docs/reference/reasons.md has every reason with its meaning, and says which are always kept", () => {
    const rows = [...rowsOf("reasons")].filter(([name]) => !isHeader(name));
    expect(Object.fromEntries([...rows].map(([reason, [meaning]]) => [reason, meaning]))).toEqual({
      ...REASONS,
      error: expect.stringContaining(REASONS.error),
    });
    const always = [...rows].filter(([, [, kept]]) => kept === "always").map(([reason]) => reason);
    expect(new Set(always)).toEqual(ALWAYS_DEADLETTERED);
  });

  it("docs/reference/reasons.md has every header of a dead letter and of its marker, and no other", () => {
    const headers = new Set<string>();
    for (const file of ["publish/dead-letter.ts", "letters/records/marker.ts"]) {
      const source = readFileSync(join(ROOT, "runtime/broker", file), "utf8");
      const found = [...source.matchAll(/"(taskwire-[a-z0-9-]+)":/g)];
      expect(found.length).toBeGreaterThan(6);
      for (const [, name = ""] of found) headers.add(name);
    }
    expect([...rowsOf("reasons").keys()].filter(isHeader).sort()).toEqual([...headers].sort());
  });

  it("docs/reference/environment.md has a row for every variable that the packages read, and no other", () => {
    const variables = environmentVariables();
    expect(variables.has("TASKWIRE_ENV") && variables.has("NODE_ENV")).toBe(true);
    expect([...rowsOf("environment").keys()].sort()).toEqual([...variables].sort());
  });
});
