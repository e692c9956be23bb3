import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InvalidVolume, type RateStore, type VolumeRecord, type VolumeSource } from "#runtime/sampling/index.js";

/** 2024-02-10T12:30:00Z; the windows end here. */
export const UNTIL = Date.UTC(2024, 1, 10, 12, 30);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Loadable extends VolumeSource {
  record(records: readonly VolumeRecord[]): void;
}

/** A store whose time a test sets, milliseconds since the epoch. */
interface TimedStore {
  readonly store: RateStore;
  setNow(now: number): void;
}

const record = (orgId: number, projectId: number, name: string, total: number, rest: Partial<VolumeRecord> = {}) => ({
  measure: "transactions" as const,
  orgId,
  projectId,
  name,
  at: UNTIL - MINUTE_MS,
  total,
  keep: 0,
  ...rest,
});

const page = { offset: 0, limit: 100 };
const hour = { interval: 3600, granularity: 3600, ...page };

/** What every volume source does (dynamic-sampling.md 12). `make` gives an empty one whose windows end at UNTIL. */
export function volumeSourceConformance(name: string, make: () => { source: Loadable; close(): void }): void {
  describe(`${name}: volume source`, () => {
    let source: Loadable;
    let close: () => void;

    beforeEach(() => {
      ({ source, close } = make());
    });
    afterEach(() => close());

    test("an empty one answers every query with nothing", async () => {
      expect(await source.activeOrgs(hour)).toEqual([]);
      expect(await source.orgVolumes({ ...hour, orgs: null })).toEqual([]);
      expect(await source.projectCounts({ ...hour, orgs: [1], measure: "spans" })).toEqual([]);
      expect(await source.transactionTotals({ ...hour, orgs: [1] })).toEqual([]);
      expect(await source.transactionVolumes({ ...hour, orgs: [1], large: true, max: 5 })).toEqual([]);
    });

    test("active organizations come ascending, with the number of their projects", async () => {
      source.record([record(30, 1, "a", 1), record(4, 2, "a", 1), record(4, 1, "a", 1), record(4, 1, "b", 1)]);
      expect(await source.activeOrgs(hour)).toEqual([
        { orgId: 4, projects: 2 },
        { orgId: 30, projects: 1 },
      ]);
    });

    test("volumes add up over projects, names and records; only wanted organizations come", async () => {
      source.record([record(1, 1, "a", 3, { keep: 1 }), record(1, 2, "a", 4, { keep: 2 })]);
      source.record([record(1, 1, "a", 5, { keep: 5 }), record(2, 9, "a", 1)]);
      const first = { orgId: 1, total: 12, keep: 8 };
      expect(await source.orgVolumes({ ...hour, orgs: null })).toEqual([first, { orgId: 2, total: 1, keep: 0 }]);
      expect(await source.orgVolumes({ ...hour, orgs: [1, 7] })).toEqual([first]);
      expect(await source.orgVolumes({ ...hour, orgs: [] })).toEqual([]);
      expect(await source.projectCounts({ ...hour, orgs: [2, 1], measure: "transactions" })).toEqual([
        { orgId: 1, projectId: 1, total: 8, keep: 6 },
        { orgId: 1, projectId: 2, total: 4, keep: 2 },
        { orgId: 2, projectId: 9, total: 1, keep: 0 },
      ]);
    });

    test("measures are apart: spans are no transactions and make no organization active", async () => {
      source.record([record(1, 1, "a", 3, { measure: "spans", keep: 2 }), record(2, 1, "a", 5)]);
      expect(await source.projectCounts({ ...hour, orgs: [1, 2], measure: "spans" })).toEqual([
        { orgId: 1, projectId: 1, total: 3, keep: 2 },
      ]);
      expect(await source.activeOrgs(hour)).toEqual([{ orgId: 2, projects: 1 }]);
      expect(await source.transactionTotals({ ...hour, orgs: [1, 2] })).toEqual([
        { orgId: 2, projectId: 1, total: 5, classes: 1 },
      ]);
    });

    test.each([
      ["five minutes in minutes", 300, 60, [1, 1, 0, 0, 0, 0]],
      ["an hour in hours: every hour that it touches", 3600, 3600, [1, 1, 1, 1, 0, 0]],
      ["a day in hours", 86_400, 3600, [1, 1, 1, 1, 1, 0]],
      ["a day in days", 86_400, 86_400, [1, 1, 1, 1, 1, 0]],
    ])("a window of %s", async (_title, interval, granularity, expected) => {
      const ages = [0, MINUTE_MS, 5 * MINUTE_MS, HOUR_MS + 20 * MINUTE_MS, 20 * HOUR_MS, 48 * HOUR_MS];
      source.record(ages.map((age, index) => record(index + 1, 1, "a", 1, { at: UNTIL - 1 - age })));
      const active = await source.orgVolumes({ interval, granularity, ...page, orgs: null });
      expect(expected.map((_, index) => Number(active.some(({ orgId }) => orgId === index + 1)))).toEqual(expected);
    });

    test("what comes after the window's end is not in it", async () => {
      source.record([record(1, 1, "a", 1, { at: UNTIL + HOUR_MS })]);
      expect(await source.activeOrgs(hour)).toEqual([]);
    });

    test("the totals of transactions: volume and different names by project", async () => {
      source.record([record(1, 2, "a", 3), record(1, 2, "b", 4), record(1, 2, "a", 1), record(1, 1, "c", 9)]);
      expect(await source.transactionTotals({ ...hour, orgs: [1] })).toEqual([
        { orgId: 1, projectId: 1, total: 9, classes: 1 },
        { orgId: 1, projectId: 2, total: 8, classes: 2 },
      ]);
    });

    test("the largest and smallest transactions of each project, equal ones by code point", async () => {
      source.record([
        record(1, 2, "x", 9),
        ...["\u{1f600}", "\u{ff5e}", "b", "B"].map((name) => record(1, 1, name, 5)),
        record(1, 1, "top", 7),
        record(1, 1, "top", 1),
      ]);
      const names = async (large: boolean, max: number) =>
        (await source.transactionVolumes({ ...hour, orgs: [1], large, max })).map(
          ({ projectId, name: of, count }) => `${projectId} ${of} ${count}`,
        );
      expect(await names(true, 3)).toEqual(["1 top 8", "1 B 5", "1 b 5", "2 x 9"]);
      expect(await names(false, 5)).toEqual(["1 B 5", "1 b 5", "1 \u{ff5e} 5", "1 \u{1f600} 5", "1 top 8", "2 x 9"]);
    });

    test("pages put together are the whole, in every query", async () => {
      const records = Array.from({ length: 40 }, (_, n) => record(1 + (n % 5), n % 7, `t${n % 3}`, n));
      source.record(records);
      const orgs = [1, 2, 3, 4, 5];
      const queries = [
        (part: typeof page) => source.activeOrgs({ ...hour, ...part }),
        (part: typeof page) => source.orgVolumes({ ...hour, ...part, orgs: null }),
        (part: typeof page) => source.projectCounts({ ...hour, ...part, orgs, measure: "transactions" }),
        (part: typeof page) => source.transactionTotals({ ...hour, ...part, orgs }),
        (part: typeof page) => source.transactionVolumes({ ...hour, ...part, orgs, large: true, max: 2 }),
      ];
      for (const query of queries) {
        const whole: readonly object[] = await query(page);
        const parts: object[] = [];
        for (let offset = 0; offset < whole.length; offset += 3) parts.push(...(await query({ offset, limit: 3 })));
        expect(parts).toEqual(whole);
      }
    });

    test.each([[Number.NaN], [-1], [Number.POSITIVE_INFINITY], [1.5]])(
      "a count of %d is refused by name, with its whole list",
      async (count) => {
        expect(() => source.record([record(1, 1, "a", 1), record(2, 3, "a", count)])).toThrow(InvalidVolume);
        expect(() => source.record([record(2, 3, "a", 1, { keep: count })])).toThrow(
          `expected the kept volume of project 3 of organization 2 to be a whole number of at least 0, got ${count}`,
        );
        expect(await source.activeOrgs(hour)).toEqual([]);
      },
    );

    test("a name may be any text", async () => {
      const hostile = "'; DROP TABLE transaction_counts; --\u0000\u{1f600}";
      source.record([record(1, 1, hostile, 2), record(1, 1, "", 1)]);
      const rows = await source.transactionVolumes({ ...hour, orgs: [1], large: true, max: 5 });
      expect(rows.map(({ name: of }) => of)).toEqual([hostile, ""]);
    });
  });
}

/** What every rate store does (dynamic-sampling.md 14). */
export function rateStoreConformance(name: string, make: () => TimedStore & { close(): void }): void {
  describe(`${name}: rate store`, () => {
    let made: TimedStore & { close(): void };
    let store: RateStore;

    beforeEach(() => {
      made = make();
      made.setNow(1000);
      ({ store } = made);
    });
    afterEach(() => made.close());

    test("what is missing is null, or an empty hash", async () => {
      expect(await store.get("k")).toBeNull();
      expect(await store.getHashField("h", "f")).toBeNull();
      expect(await store.getHash("h")).toEqual(new Map());
      await store.delete("k");
    });

    test("a value lives for its life, and not at its end any more", async () => {
      await store.set("k", "0.5", 100);
      made.setNow(1099);
      expect(await store.get("k")).toBe("0.5");
      made.setNow(1100);
      expect(await store.get("k")).toBeNull();
    });

    test("setting again replaces value and life", async () => {
      await store.set("k", "1", 10);
      await store.set("k", "2", 1000);
      made.setNow(1500);
      expect(await store.get("k")).toBe("2");
    });

    test("deleting removes values and hashes", async () => {
      await store.set("k", "1", 10);
      await store.setHash("h", new Map([["f", "1"]]), 10);
      await store.delete("k");
      await store.delete("h");
      expect(await store.get("k")).toBeNull();
      expect(await store.getHash("h")).toEqual(new Map());
    });

    test("setting fields adds and replaces, leaves the others, and gives the whole hash a new life", async () => {
      await store.setHash(
        "h",
        new Map([
          ["a", "1"],
          ["b", "1"],
        ]),
        100,
      );
      made.setNow(1050);
      await store.setHash(
        "h",
        new Map([
          ["b", "2"],
          ["c", "3"],
        ]),
        100,
      );
      made.setNow(1149);
      expect(await store.getHash("h")).toEqual(
        new Map([
          ["a", "1"],
          ["b", "2"],
          ["c", "3"],
        ]),
      );
      expect(await store.getHashField("h", "a")).toBe("1");
      made.setNow(1150);
      expect(await store.getHash("h")).toEqual(new Map());
      expect(await store.getHashField("h", "a")).toBeNull();
    });

    test("an expired hash does not come back with the fields it had", async () => {
      await store.setHash("h", new Map([["a", "1"]]), 100);
      made.setNow(1100);
      await store.setHash("h", new Map([["b", "2"]]), 100);
      expect(await store.getHash("h")).toEqual(new Map([["b", "2"]]));
    });

    test("keys, fields and values may be any text", async () => {
      const hostile = "'; DROP TABLE rate_values; --\u{1f600}";
      await store.set(hostile, hostile, 100);
      await store.setHash(hostile, new Map([[hostile, hostile]]), 100);
      expect(await store.get(hostile)).toBe(hostile);
      expect(await store.getHashField(hostile, hostile)).toBe(hostile);
    });
  });
}
