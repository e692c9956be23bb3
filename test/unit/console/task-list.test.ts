import { describe, expect, it } from "vitest";
import { remarksOf } from "../../../console/source/screens/brokers/remarks.js";
import { filterText } from "../../../console/source/screens/tasks/filter-text.js";
import { inPlace, isShown, matches, ordered, orderOf, shownOf } from "../../../console/source/screens/tasks/orders.js";
import { taskFacts } from "../../../console/source/screens/tasks/task-facts.js";
import { boundsWords, typeWords } from "../../../console/source/screens/tasks/type-words.js";
import { statusWith } from "../../support/status.js";

const NONE = { pending: 0, processing: 0, retry: 0, failure: 0, delayed: 0, parked: 0, oldestPending: null };
const named = (task: string) => ({ application: "shop", namespace: "mail", task });

const FACTS = taskFacts(
  [
    statusWith({
      tasks: [
        { ...NONE, ...named("a"), pending: 5, oldestPending: 10 },
        { ...NONE, ...named("b"), parked: 9, owner: "Team Mail" },
        { ...NONE, ...named("c"), pending: 1, oldestPending: 99 },
      ],
      lastMinute: [
        { ...named("a"), done: 1, failed: 1 },
        { ...named("d"), done: 30, failed: 1 },
      ],
      unclaimed: [{ ...named("b"), pending: 0, parked: 9, oldest: 50 }],
    }),
  ],
  [],
);
const names = (facts: typeof FACTS) => facts.map(({ task }) => task).join("");

describe("the list of tasks in the console", () => {
  it("is ordered by what a person chose, and by name where that says nothing", () => {
    expect(names(ordered(FACTS, "name"))).toBe("abcd");
    expect(names(ordered(FACTS, "busy"))).toBe("dabc");
    expect(names(ordered(FACTS, "waiting"))).toBe("bacd");
    expect(names(ordered(FACTS, "oldest"))).toBe("cbad");
    expect(names(ordered(FACTS, "failing"))).toBe("adbc");
    expect([orderOf("failing"), orderOf("constructor"), orderOf(null)]).toEqual(["failing", "name", "name"]);
  });

  it("keeps rows where they are while numbers change, with new ones at the end", () => {
    expect(names(inPlace(["c", "gone", "a"], FACTS, ({ task }) => task))).toBe("cabd");
  });

  it("is narrowed by state and by text", () => {
    const shown = (which: string) => names(FACTS.filter((task) => isShown(task, shownOf(which))));
    expect([shown("all"), shown("active"), shown("failing"), shown("held"), shown("unknown")]).toEqual([
      "abcd",
      "abc",
      "ad",
      "b",
      "abcd",
    ]);
    expect(shownOf("toString")).toBe("all");
    expect(names(FACTS.filter((task) => matches(task, " team m")))).toBe("b");
    expect(names(FACTS.filter((task) => matches(task, "")))).toBe("abcd");
  });
});

describe("words of the console's task pages", () => {
  it("quote values in filters where that is needed", () => {
    expect(filterText({ task: "a.b", state: ["pending", "retry"], worker: 'w "1"' })).toBe(
      'state:pending,retry task:a.b worker:"w \\"1\\""',
    );
  });

  it("write types and bounds as the schema does", () => {
    expect(typeWords({ kind: "list", element: { kind: "map", element: { kind: "named", name: "R" } } })).toBe(
      "list[map[R]]",
    );
    const field = { name: "f", optional: true, nullable: true };
    expect(boundsWords({ ...field, type: { kind: "int", min: 1, max: 9 }, sensitive: true })).toEqual([
      "1 to 9",
      "may be null",
      "optional",
      "sensitive",
    ]);
    expect(
      boundsWords({ ...field, nullable: false, type: { kind: "string", minLength: 2, pattern: "^a" }, default: "ab" }),
    ).toEqual(["at least 2 long", "matches /^a/", 'default "ab"']);
    expect(boundsWords({ ...field, nullable: false, optional: false, type: { kind: "named", name: "R" } })).toEqual([]);
  });

  it("say of a broker what is out of the ordinary, and nothing of a healthy one", () => {
    expect(remarksOf(statusWith())).toEqual([]);
    const remarks = remarksOf(
      statusWith({
        publishing: [{ topic: "events", waiting: 3, failingFor: 61_000, error: "no leader" }],
        quarantine: ["/srv/q/a.db"],
        reread: 2,
        clamped: 1,
        startGate: { opensIn: 700, workers: ["w-1"] },
        unproven: [{ topic: "events", partition: 1, activations: 2, owned: false }],
        audit: { file: "f", error: "ENOSPC" },
        clockCorrected: { at: "2026-01-01T00:00:00Z", by: 90_000, why: "stepped" },
      }),
    );
    expect(remarks).toEqual([
      "Publishing to events has failed for 1 min 1 s; 3 records wait: no leader",
      "Hand-out waits at most 700 ms for w-1",
      "2 at-most-once activations of events/1 wait for a stored position, which the owner of the partition has to answer",
      "1 damaged in-flight file in quarantine: /srv/q/a.db",
      "2 records were read again, because the in-flight file lost rows: they may run twice",
      "1 activation had numbers beyond their bounds, which were clamped",
      "The audit log cannot be written; its lines are only in the broker's log: ENOSPC",
      "The clock was set by 90 s at 2026-01-01T00:00:00Z",
    ]);
  });
});
