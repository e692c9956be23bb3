import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LetterDocument } from "#runtime/operations/documents/letter.js";
import { parseFilter } from "#runtime/operations/filter/parse.js";
import { printFilter } from "#runtime/operations/filter/print.js";
import { commonHindrance, hindrance, mayHaveStarted } from "../../../console/source/screens/letters/allowed.js";
import { differs, diffOf, nearChanges } from "../../../console/source/screens/letters/diff.js";
import { isChosen, withGroup, withoutGroup } from "../../../console/source/screens/letters/groups.js";
import { momentsOfLetter } from "../../../console/source/screens/letters/moments.js";
import { letterSummary } from "../../../console/source/screens/letters/outcomes.js";
import { placeParts } from "../../../console/source/screens/letters/place.js";

describe("the difference of edited parameters", () => {
  const written = (lines: ReturnType<typeof diffOf>) =>
    lines.map(({ kind, text }) => `${kind === "same" ? " " : kind === "added" ? "+" : "-"}${text}`).join("\n");

  test("only the changed line is removed and added", () => {
    expect(written(diffOf('{\n"a": 1,\n"b": 2\n}', '{\n"a": 1,\n"b": 3\n}'))).toBe(
      ' {\n "a": 1,\n-"b": 2\n+"b": 3\n }',
    );
  });

  test("equal strings do not differ", () => {
    expect(differs(diffOf("a\nb", "a\nb"))).toBe(false);
  });

  test("the lines of a comparison give both versions again", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffOf(before, after);
        const without = (kind: string) =>
          lines
            .filter((line) => line.kind !== kind)
            .map((line) => line.text)
            .join("\n");
        expect(without("added")).toBe(before);
        expect(without("removed")).toBe(after);
      }),
    );
  });

  test("many thousand changed lines are compared as a whole", () => {
    const lines = (name: string) => Array.from({ length: 5000 }, (_, at) => `${name} ${at}`).join("\n");
    const compared = diffOf(lines("old"), lines("new"));
    expect(compared.filter(({ kind }) => kind === "removed")).toHaveLength(5000);
    expect(compared.filter(({ kind }) => kind === "added")).toHaveLength(5000);
  });

  test("long runs of equal lines become one entry", () => {
    const before = Array.from({ length: 20 }, (_, at) => String(at)).join("\n");
    const after = before.replace("10", "ten");
    const shown = nearChanges(diffOf(before, after), 2);
    expect(shown[0]).toEqual({ kind: "skipped", lines: 8 });
    expect(shown.at(-1)).toEqual({ kind: "skipped", lines: 7 });
    expect(shown).toHaveLength(8);
  });
});

function letter(change: Partial<LetterDocument>): LetterDocument {
  return {
    ...{ place: "events-dlq/0/1", state: "open", id: "i", root: "i", application: "sentry", namespace: "issues" },
    ...{ task: "issues.deliver", reason: "error", error: "Error: no", fingerprint: "f1", attempts: 3, lost: 0 },
    ...{ original: "events/0/7", size: 90, atMostOnce: false, content: "activation" },
    ...change,
  };
}

describe("the groups of dead letters", () => {
  test("a group narrows the filter, and replaces the one that was chosen before", () => {
    const group = { fingerprint: "f1", task: "issues.deliver", reason: "error" };
    const filter = withGroup(parseFilter("fp:other age>1h", "letters"), group);
    expect(printFilter(filter)).toBe("age>1h task:issues.deliver reason:error fp:f1");
    expect(isChosen(filter, group)).toBe(true);
    expect(isChosen(filter, { ...group, reason: "expired" })).toBe(false);
    expect(printFilter(withoutGroup(filter))).toBe("age>1h");
  });
});

describe("what may be done with a dead letter", () => {
  test("resolved letters stay resolved", () => {
    expect(hindrance("replay", letter({ state: "purged" }))).toMatch(/purged/);
    expect(hindrance("purge", letter({ state: "replayed" }))).toMatch(/replayed/);
  });

  test("letters without an activation are purged, not replayed", () => {
    for (const content of ["undecodable", "oversized"] as const) {
      expect(hindrance("replay", letter({ content }))).not.toBeNull();
      expect(hindrance("edit", letter({ content }))).not.toBeNull();
      expect(hindrance("purge", letter({ content }))).toBeNull();
    }
  });

  test("letters without a model are replayed as they are", () => {
    expect(hindrance("edit", letter({}), false)).toMatch(/replayed as it is/);
    expect(hindrance("replay", letter({}), false)).toBeNull();
  });

  test("a selection takes an act when one of its letters does", () => {
    expect(commonHindrance("replay", [letter({ state: "purged" }), letter({})])).toBeNull();
    expect(commonHindrance("replay", [letter({ state: "purged" })])).toMatch(/purged/);
    expect(commonHindrance("replay", [])).toBe("Nothing is selected");
  });

  test("at-most-once work may have started unless its reason says that it never did", () => {
    expect(mayHaveStarted(letter({ atMostOnce: true, reason: "worker_lost" }))).toBe(true);
    expect(mayHaveStarted(letter({ atMostOnce: true, reason: "expired" }))).toBe(false);
    expect(mayHaveStarted(letter({ reason: "worker_lost" }))).toBe(false);
  });
});

describe("what a change of dead letters did", () => {
  const outcome = (place: string, what: "replayed" | "left_out" | "already", why?: string) => ({
    ...{ place, outcome: what },
    ...(why === undefined ? {} : { why }),
  });

  test("what was left out is said with the reason", () => {
    const outcomes = [outcome("a", "replayed"), outcome("b", "left_out", "may_have_started"), outcome("c", "already")];
    expect(letterSummary({ outcomes, counts: { replayed: 1, left_out: 1, already: 1, failed: 0 } })).toEqual({
      text: "1 replayed, 1 left out (may have started, and runs at most once), 1 resolved before",
      whole: false,
    });
  });

  test("letters that were resolved before leave nothing undone", () => {
    expect(letterSummary({ outcomes: [outcome("c", "already")], counts: { already: 1 } }).whole).toBe(true);
  });
});

describe("the line of time of a dead letter", () => {
  test("an open one waits, and is deleted by the retention", () => {
    const moments = momentsOfLetter(
      letter({ at: "2026-01-01T00:00:00Z", maxAttempts: 3, deletedAfter: "2026-02-01T00:00:00Z" }),
    );
    expect(moments.map(({ when }) => when)).toEqual(["past", "now", "next"]);
    expect(moments[0]?.text).toBe("Failed for good in run 3 of 3");
  });

  test("a resolved one says by whom", () => {
    const resolved = { by: "ada", at: "2026-01-02T00:00:00Z" };
    const moments = momentsOfLetter(letter({ state: "purged", resolved, lost: 2 }));
    expect(moments.map(({ text }) => text)).toEqual([
      "Failed for good in run 3, 2 times lost with its worker",
      "Purged by ada",
    ]);
  });

  test("a place has the topic, the partition and the offset", () => {
    expect(placeParts("orders-dlq/3/17")).toEqual({ topic: "orders-dlq", partition: "3", offset: "17" });
  });
});
