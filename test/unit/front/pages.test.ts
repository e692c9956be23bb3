import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskwireError } from "#runtime/base/errors.js";
import { joinPlans, splitPlan } from "#runtime/front/changes/plans.js";
import type { Front } from "#runtime/front/front.js";
import { type ListOf, mergedPage } from "#runtime/front/pages.js";

interface Row {
  readonly id: string;
  readonly at: number;
}

interface Page {
  readonly rows: readonly Row[];
  readonly next: string | undefined;
}

const LIST: ListOf<Page, Row> = {
  verb: "ListActivations",
  page: (page) => page,
  idOf: ({ id }) => id,
  orderOf: ({ at }) => [at],
};

/** Brokers whose lists are kept here; a cursor names the last row of its page. `silent` ones do not answer. */
class Brokers implements Pick<Front, "brokers" | "ask"> {
  readonly lists: Map<string, Row[]>;
  readonly silent = new Set<string>();

  constructor(lists: readonly (readonly number[])[]) {
    const entries = lists.map((times, broker): [string, Row[]] => [
      `b${broker}`,
      [...times].sort((one, other) => one - other).map((at, index) => ({ id: `b${broker}-${index}`, at })),
    ]);
    this.lists = new Map(entries);
  }

  get brokers(): readonly string[] {
    return [...this.lists.keys()];
  }

  ask: Front["ask"] = async <T>(_: string, request: object | ((broker: string) => object | undefined)) => {
    const asked = this.brokers.flatMap((broker) => {
      const own = typeof request === "function" ? request(broker) : request;
      return own === undefined ? [] : [{ broker, own }];
    });
    const there = asked.filter(({ broker }) => !this.silent.has(broker));
    const answers = there.map(({ broker, own }) => {
      const document: T = JSON.parse(JSON.stringify(this.#page(broker, own)));
      return { broker, document, activation: new Uint8Array() };
    });
    const partial = asked
      .filter(({ broker }) => this.silent.has(broker))
      .map(({ broker }) => ({ broker, error: new TaskwireError("broker_unreachable", "silent") }));
    return { answers, partial, refused: [] };
  };

  #page(broker: string, own: object): Page {
    const { limit, cursor } = Object(own);
    const after = cursor === undefined ? { at: -1, id: "" } : JSON.parse(cursor);
    const rows = (this.lists.get(broker) ?? []).filter(
      ({ at, id }) => at > after.at || (at === after.at && numberOf(id) > numberOf(after.id)),
    );
    const page = rows.slice(0, limit);
    return { rows: page, next: rows.length > limit ? JSON.stringify(page.at(-1)) : undefined };
  }
}

const numberOf = (id: string) => Number(id.split("-")[1] ?? -1);

/** All rows, page by page; `between` runs after each page. */
async function walk(brokers: Brokers, limit: number, between: () => void = () => {}): Promise<Row[]> {
  const seen: Row[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await mergedPage(brokers, LIST, {}, limit, cursor);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    seen.push(...page.rows.map(({ row }) => row));
    if (page.cursor === null) return seen;
    cursor = page.cursor;
    between();
  }
  throw new Error("the pages do not end");
}

const lists = fc.array(fc.array(fc.nat(20), { maxLength: 30 }), { minLength: 1, maxLength: 4 });

describe("pages of several brokers", () => {
  it("have every row once, in the order of the list, whatever the size of a page", async () => {
    await fc.assert(
      fc.asyncProperty(lists, fc.integer({ min: 1, max: 12 }), async (times, limit) => {
        const brokers = new Brokers(times);
        const seen = await walk(brokers, limit);
        const all = [...brokers.lists.values()].flat();
        expect(seen.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
        expect(seen.map(({ at }) => at)).toEqual(all.map(({ at }) => at).sort((one, other) => one - other));
      }),
    );
  });

  it("leave out no row that stays, while others end between two pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        lists,
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.tuple(fc.nat(3), fc.nat(29)), { maxLength: 40 }),
        async (times, limit, ends) => {
          const brokers = new Brokers(times);
          const left = [...ends];
          const seen = await walk(brokers, limit, () => {
            const [broker, row] = left.shift() ?? [9, 0];
            brokers.lists.get(`b${broker}`)?.splice(row, 1);
          });
          const ids = new Set(seen.map(({ id }) => id));
          for (const { id } of [...brokers.lists.values()].flat()) expect(ids).toContain(id);
        },
      ),
    );
  });

  it("sum what the brokers count, also of those that have no more rows, and are exact when all of them are", async () => {
    const counted: ListOf<Page, Row> = {
      ...LIST,
      totalsOf: ({ rows }) => ({ total: { count: 100 + rows.length, exact: rows.length !== 2 }, looked: null }),
    };
    const brokers = new Brokers([[1], [2, 3, 4, 5]]);
    const first = await mergedPage(brokers, counted, {}, 3);
    expect(first.totals).toEqual({ total: { count: 101 + 103, exact: true }, looked: null });
    const second = await mergedPage(brokers, counted, {}, 3, first.cursor ?? "");
    expect(second.documents.map(({ broker }) => broker)).toEqual(["b1"]);
    expect(second.totals.total).toEqual({ count: 101 + 103, exact: true });
    const inexact = await mergedPage(brokers, counted, {}, 2);
    expect(inexact.totals.total).toEqual({ count: 101 + 102, exact: false });
    brokers.silent.add("b0");
    expect((await mergedPage(brokers, counted, {}, 3)).totals.total).toEqual({ count: 103, exact: false });
  });

  it("count what was found until now where brokers do not count, and that is exact when one page has all", async () => {
    const brokers = new Brokers([[1, 2], [3]]);
    expect((await mergedPage(brokers, LIST, {}, 3)).totals.total).toEqual({ count: 3, exact: true });
    const first = await mergedPage(brokers, LIST, {}, 1);
    expect(first.totals.total).toEqual({ count: 1, exact: false });
    const second = await mergedPage(brokers, LIST, {}, 9, first.cursor ?? "");
    expect(second).toMatchObject({ cursor: null, totals: { total: { count: 3, exact: false } } });
  });

  it("name a silent broker, and continue with it when it answers again", async () => {
    const brokers = new Brokers([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    brokers.silent.add("b1");
    const first = await mergedPage(brokers, LIST, {}, 2);
    expect(first.partial.map(({ broker }) => broker)).toEqual(["b1"]);
    expect(first.rows.map(({ row }) => row.at)).toEqual([1, 3]);
    brokers.silent.clear();
    const second = await mergedPage(brokers, LIST, {}, 10, first.cursor ?? "");
    expect(second.rows.map(({ row }) => row.at)).toEqual([2, 4, 5, 6]);
    expect(second).toMatchObject({ cursor: null, partial: [] });
  });

  it.each([
    "",
    "x",
    Buffer.from("{}").toString("base64url"),
    Buffer.from('[["b0",{"cursor":1}]]').toString("base64url"),
    Buffer.from('[["b0",{"shown":{"ids":[1],"order":[1]}}]]').toString("base64url"),
    Buffer.from('[["b0",{"shown":{"ids":["1"],"order":[[[]]]}}]]').toString("base64url"),
  ])("refuse a cursor that is none of theirs: %j", async (cursor) => {
    await expect(mergedPage(new Brokers([[1]]), LIST, {}, 2, cursor)).rejects.toMatchObject({ code: "bad_cursor" });
  });

  it("refuse a cursor of other brokers", async () => {
    const { cursor } = await mergedPage(new Brokers([[], [1, 2, 3]]), LIST, {}, 1);
    await expect(mergedPage(new Brokers([[1]]), LIST, {}, 1, cursor ?? "")).rejects.toMatchObject({
      code: "bad_cursor",
    });
  });
});

describe("plans of several brokers", () => {
  it("travel as one, and are each broker's again", () => {
    const joined = joinPlans([
      { broker: "127.0.0.1:50051", plan: "p_1" },
      { broker: "[::1]:50061", plan: "p_2" },
    ]);
    expect([...splitPlan(joined, ["[::1]:50061", "127.0.0.1:50051", "c:1"])]).toEqual([
      ["127.0.0.1:50051", "p_1"],
      ["[::1]:50061", "p_2"],
    ]);
  });

  it("are refused when one of their brokers is not among those that are asked", () => {
    const joined = joinPlans([
      { broker: "a:1", plan: "p_1" },
      { broker: "b:1", plan: "p_2" },
    ]);
    expect(() => splitPlan(joined, ["a:1"])).toThrow(
      expect.objectContaining({ code: "unknown_plan", message: expect.stringContaining("b:1") }),
    );
  });

  it.each(["", "p_", "p_W10", "p_x", `p_${Buffer.from('[["a"]]').toString("base64url")}`])(
    "are refused when they are none: %j",
    (text) => expect(() => splitPlan(text, ["a"])).toThrow(expect.objectContaining({ code: "unknown_plan" })),
  );
});
