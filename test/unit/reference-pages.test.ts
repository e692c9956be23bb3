import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALWAYS_DEADLETTERED, REASONS } from "#runtime/activation/reasons.js";
import { BROKER_SERIES, TASK_SERIES } from "#runtime/operations/documents/series.js";
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

  it("docs/reference/status.md has every field of the status and of its workers, and every series", () => {
    const source = pageText("runtime/operations/status/document.ts");
    const fieldsOf = (name: string) =>
      [
        ...(new RegExp(`^export interface ${name} {\\n([\\s\\S]*?)^}`, "m").exec(source)?.[1] ?? "").matchAll(
          /^ {2}readonly (\w+)/gm,
        ),
      ].map(([, field = ""]) => field);
    const page = pageText("docs/reference/status.md");
    const listed = (heading: string) => {
      const section = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
      const rows = section.split("\n").filter((line) => line.startsWith("| `"));
      return rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, field = ""]) => field));
    };
    expect(fieldsOf("Status").length).toBeGreaterThan(30);
    expect(listed("Status").sort()).toEqual(fieldsOf("Status").sort());
    expect(listed("Workers").sort()).toEqual(fieldsOf("SessionStatus").sort());
    expect(listed("Series").sort()).toEqual([...BROKER_SERIES].sort());
    for (const name of TASK_SERIES) expect(page).toContain(`\`${name}\``);
  });

  it("docs/reference/environment.md has a row for every variable that the packages read, and no other", () => {
    const variables = environmentVariables();
    expect(variables.has("TASKWIRE_ENV") && variables.has("NODE_ENV")).toBe(true);
    expect([...rowsOf("environment").keys()].sort()).toEqual([...variables].sort());
  });
});
