import { describe, expect, test } from "vitest";
import { parseFilter } from "#runtime/operations/filter/parse.js";
import { printFilter } from "#runtime/operations/filter/print.js";
import { commonHindrance, hindrance } from "../../../console/source/screens/activations/allowed.js";
import { excluding, withoutEach } from "../../../console/source/screens/activations/exclusion.js";
import { summaryOf } from "../../../console/source/screens/activations/outcomes.js";
import {
  filterOfIds,
  followed,
  freshRows,
  newRows,
  withFates,
} from "../../../console/source/screens/activations/shown-rows.js";
import { countsOf, tabOf, withState } from "../../../console/source/screens/activations/tabs.js";

const filterOf = (text: string) => parseFilter(text, "activations");

describe("what may be done with an activation", () => {
  const of = (
    state: "pending" | "processing" | "delayed" | "parked" | "retry" | "failure",
    reason: string | null = null,
  ) => ({
    state,
    reason,
  });

  test("waiting and running activations can be cancelled, ended ones cannot", () => {
    for (const state of ["pending", "delayed", "parked", "processing"] as const)
      expect(hindrance("cancel", of(state))).toBeNull();
    expect(hindrance("cancel", of("retry"))).toMatch(/has ended/);
    expect(hindrance("cancel", of("failure"))).toMatch(/has failed/);
  });

  test("a run that was asked to end is not asked again", () => {
    expect(hindrance("cancel", of("processing", "cancelled"))).toMatch(/already asked/);
  });

  test("only delayed activations can be made due now", () => {
    expect(hindrance("retry", of("delayed"))).toBeNull();
    expect(hindrance("retry", of("pending"))).toMatch(/due already/);
    expect(hindrance("retry", of("parked"))).toMatch(/parked/);
    expect(hindrance("retry", of("processing"))).toMatch(/runs it/);
  });

  test("purge leaves what a worker runs", () => {
    expect(hindrance("purge", of("processing"))).toMatch(/purge leaves running ones/);
    expect(hindrance("purge", of("pending"))).toBeNull();
  });

  test("a selection takes an act when one of its rows does", () => {
    expect(commonHindrance("retry", [of("pending"), of("delayed")])).toBeNull();
    expect(commonHindrance("retry", [of("pending"), of("pending")])).toMatch(/due already/);
    expect(commonHindrance("retry", [of("pending"), of("processing")])).toBe("None of them is delayed");
    expect(commonHindrance("cancel", [])).toBe("Nothing is selected");
  });
});

describe("the tabs of the activations", () => {
  const task = (name: string, pending: number, delayed: number) => ({
    ...{ application: "sentry", namespace: "issues", task: name, oldestPending: null },
    ...{ processing: 0, pending, retry: 0, failure: 0, delayed, parked: 0 },
  });
  const status = (tasksLeftOut = 0) => ({
    counts: { processing: 1, pending: 12, retry: 0, failure: 0, delayed: 7, parked: 0 },
    tasks: [task("a.one", 5, 7), task("a.two", 7, 0)],
    tasksLeftOut,
  });

  test("a filter with one state is the tab of that state", () => {
    expect(tabOf(filterOf("state:delayed task:a.*"))).toBe("delayed");
    expect(tabOf(filterOf("state:delayed,pending"))).toBe("all");
    expect(tabOf(filterOf("task:a.*"))).toBe("all");
  });

  test("another tab keeps the rest of the filter", () => {
    const filter = filterOf("state:delayed task:a.* age>10m");
    expect(printFilter(withState(filter, "pending"))).toBe("state:pending task:a.* age>10m");
    expect(printFilter(withState(filter, "all"))).toBe("task:a.* age>10m");
  });

  test("without further terms the counts are those of the brokers", () => {
    const counts = countsOf([status(), status()], filterOf("state:pending"), false);
    expect(counts?.pending).toEqual({ count: 24, exact: true });
    expect(counts?.delayed).toEqual({ count: 14, exact: true });
  });

  test("a silent broker makes the counts lower bounds", () => {
    expect(countsOf([status()], [], true)?.pending).toEqual({ count: 12, exact: false });
  });

  test("counts by task are exact unless a broker left tasks out", () => {
    expect(countsOf([status()], filterOf("task:a.two"), false)?.pending).toEqual({ count: 7, exact: true });
    expect(countsOf([status(3)], filterOf("task:a.*"), false)?.pending).toEqual({ count: 12, exact: false });
    expect(countsOf([status()], filterOf("app:other"), false)?.pending).toEqual({ count: 0, exact: true });
  });

  test("other terms are not counted by the status", () => {
    expect(countsOf([status()], filterOf("task:a.* age>10m"), false)).toBeUndefined();
  });
});

describe("the term that excludes everything", () => {
  test("each term is left out once", () => {
    expect(withoutEach(filterOf("state:pending task:a.one age>10m"))).toEqual([
      { term: "state:pending", q: "task:a.one age>10m" },
      { term: "task:a.one", q: "state:pending age>10m" },
      { term: "age>10m", q: "state:pending task:a.one" },
    ]);
  });

  test("at most six questions are asked for a long filter", () => {
    const long = Array.from({ length: 9 }, (_, index) => `args.p${index}=1`).join(" ");
    expect(withoutEach(filterOf(long))).toHaveLength(6);
  });

  test("the term that hides most comes first, and those that hide nothing are left out", () => {
    const found = [0, 12, 40].map((count) => ({ term: `t${count}`, q: "", total: { count, exact: true } }));
    expect(excluding(found).map(({ term }) => term)).toEqual(["t40", "t12"]);
  });
});

describe("what a change did", () => {
  test("the summary counts each outcome, what was left undone last", () => {
    expect(summaryOf("cancel", { counts: { too_late: 1, done: 3, asked: 2 } })).toEqual({
      text: "3 cancelled, 2 asked to end; they end as cancelled, 1 too late: they have ended",
      whole: false,
    });
    expect(summaryOf("retry", { counts: { done: 1200, already: 1 } })).toEqual({
      text: "1,200 due now, 1 due already",
      whole: true,
    });
    expect(summaryOf("purge", { counts: {} }).text).toBe("Nothing was changed");
  });
});

describe("a page whose rows stay where they are", () => {
  const row = (id: string, state: "pending" | "processing" = "pending") => ({
    ...{ id, state, broker: "A:1", application: "shop", namespace: "orders", task: "t", received: "", due: null },
    ...{ expires: null, attempt: 1, attempts: 3, worker: null, claimUntil: null, reason: null, error: null },
    ...{ topic: "orders", partition: 0, offset: 1, size: 10 },
  });
  const opened = freshRows([row("a"), row("b"), row("c")]);

  test("rows keep their order, and those that left the list stay", () => {
    const later = followed(opened, [row("new"), row("c", "processing"), row("a")]);
    expect(later.map((each) => [each.row.id, each.row.state, each.left])).toEqual([
      ["a", "pending", false],
      ["b", "pending", true],
      ["c", "processing", false],
    ]);
  });

  test("new rows are counted and wait until they are asked for", () => {
    expect(newRows(opened, [row("new"), row("a"), row("newer")])).toBe(2);
  });

  test("a row that left is shown where it is now, or with its end", () => {
    const later = followed(opened, [row("a")]);
    const end = { id: "c", end: "completed" };
    const found = withFates(later, new Map([["b", row("b", "processing")]]), new Map([["c", Object(end)]]));
    expect(found.map((each) => [each.row.state, each.left, each.end?.end])).toEqual([
      ["pending", false, undefined],
      ["processing", false, undefined],
      ["pending", true, "completed"],
    ]);
  });

  test("the filter of ids is one that can be read, however many and long they are", () => {
    const ids = Array.from({ length: 2000 }, (_, at) => `order ${at} of "shop"`);
    const filter = parseFilter(filterOfIds(ids), "activations");
    const [term] = filter;
    expect(term?.kind === "text" && term.values.length).toBeGreaterThan(50);
    expect(parseFilter(filterOfIds(ids.map((_, at) => String(at))), "ends")[0]).toMatchObject({ key: "id" });
  });
});
