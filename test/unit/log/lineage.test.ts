import { describe, expect, test } from "vitest";
import { writeMetadata } from "#runtime/log/kafka/group/commit-metadata.js";
import { startOf } from "#runtime/log/kafka/read/start.js";
import { commitName, knows, type Lineage, withStart } from "#runtime/log/lineage.js";

const first: Lineage = [[1, "a", 0]];

describe("the lineage of a journal", () => {
  test("knows every commit of its own, over any number of starts", () => {
    let lineage: Lineage = [];
    const stored: string[] = [];
    for (let boot = 1; boot <= 2000; boot += 1) {
      lineage = withStart(lineage, [boot, `n${boot}`, boot * 10]);
      stored.push(commitName(lineage, boot * 10 + 9));
      expect(stored.every((name) => knows(lineage, name))).toBe(true);
      if (boot > 20) stored.shift();
    }
    expect(lineage.length).toBeLessThanOrEqual(500);
    // Forgotten starts are believed.
    expect(knows(lineage, "3.n3.35")).toBe(true);
  });

  test("of an older copy does not know a later commit of the same start, nor a later start of the same number", () => {
    const stored = commitName(first, 80);
    const copy = withStart(first, [2, "x", 50]);
    expect(knows(copy, stored)).toBe(false);
    expect(knows(copy, commitName(withStart(first, [2, "b", 60]), 61))).toBe(false);
    // It stays so, however far the copy's own life goes.
    const later = withStart(withStart(copy, [3, "y", 500]), [4, "z", 900]);
    expect(knows(later, stored)).toBe(false);
    expect(knows(later, commitName(copy, 400))).toBe(true);
  });

  test("says nothing of what names no commit", () => {
    expect([knows(first, ""), knows(first, "what else"), knows([], "1.a.3")]).toEqual([true, true, true]);
  });
});

describe("a partition of Kafka", () => {
  const bounds = { first: 0, end: 100 };
  const reading = { journal: "j", reread: false, lineage: withStart(first, [2, "b", 50]) };
  const stored = (journal: string, journalCommit: string) => ({
    offset: 40,
    metadata: writeMetadata({ topicId: "t", unsettled: 30, since: 0, rereadUntil: undefined, journal, journalCommit }),
  });

  test("is read on from the position that this journal stored", () => {
    expect(startOf(bounds, stored("j", "1.a.50"), "t", reading)).toMatchObject({ next: 40, rereadUntil: undefined });
    expect(startOf(bounds, stored("j", "1.a.50"), "t", reading).putBack).toBeUndefined();
  });

  test("is read again from what was not settled when the journal is an older copy", () => {
    expect(startOf(bounds, stored("j", "1.a.51"), "t", reading)).toMatchObject({
      ...{ next: 30, committed: 40, rereadUntil: 40 },
      putBack: { what: "journal", settledBelow: 30 },
    });
    // Another journal's commits say nothing of this one.
    expect(startOf(bounds, stored("other", "1.a.51"), "t", reading)).toMatchObject({ next: 40, putBack: undefined });
  });

  test("is read from where somebody else moved the position, and nobody knows what was in hand up to its end", () => {
    expect(startOf(bounds, { offset: 5, metadata: "" }, "t", reading)).toMatchObject({
      ...{ next: 5, committed: 5, rereadUntil: 100, putBack: { what: "position" } },
    });
  });
});
