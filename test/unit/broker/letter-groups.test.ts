import { describe, expect, it } from "vitest";
import { Grouping, MOST_GROUPS } from "#runtime/broker/letters/index/grouping.js";
import { letterOf } from "#runtime/broker/letters/records/letter.js";
import { sumGroups } from "#runtime/front/letter-groups.js";
import type { LetterGroups } from "#runtime/operations/documents/letter.js";
import { letterRecord } from "../../support/letters.js";

function letter(number: number, task: string) {
  const record = { ...letterRecord(number, { task, error: "Error: no" }), offset: number };
  const found = letterOf("work-dlq", 0, record);
  if (found === undefined) throw new Error("no letter");
  return found;
}

describe("groups of dead letters", () => {
  it("have the error of their newest letter, whatever the order in which they are counted", () => {
    const grouping = new Grouping();
    grouping.add({ ...letter(2, "a"), error: "newer" });
    grouping.add({ ...letter(1, "a"), error: "older" });
    expect(grouping.result().groups).toMatchObject([{ task: "a", error: "newer", count: 2 }]);
  });

  it("beyond the limit are counted together, also when parts are joined", () => {
    const one = new Grouping();
    for (let number = 0; number < MOST_GROUPS + 5; number++) one.add(letter(number, `task.${number}`));
    one.add(letter(1, "task.1"));
    expect(one.result().groups).toHaveLength(MOST_GROUPS);
    expect(one.result().groups[0]).toMatchObject({ task: "task.1", count: 2 });
    expect(one.result().others).toBe(5);
    const other = new Grouping();
    other.add(letter(0, "another"));
    one.join(other.result());
    expect(one.result().others).toBe(6);
  });

  it("of several pools are one list, and what is read is what the slowest has read", () => {
    const group = { fingerprint: "f", task: "a", reason: "error", error: "e" };
    const answer = (change: Partial<LetterGroups>): LetterGroups => ({
      ...{ groups: [], others: 0, looked: null, read: 1, unreadable: [] },
      ...change,
    });
    const sum = sumGroups([
      answer({ groups: [{ ...group, count: 2, newest: "2026-01-01T00:00:00.000Z" }], others: 1, read: 0.5 }),
      answer({
        groups: [
          { ...group, count: 3, error: "newer", newest: "2026-01-02T00:00:00.000Z" },
          { ...group, task: "b", count: 9 },
        ],
        others: 2,
      }),
    ]);
    expect(sum).toMatchObject({
      others: 3,
      read: 0.5,
      groups: [
        { task: "b", count: 9 },
        { count: 5, error: "newer" },
      ],
    });
  });
});
