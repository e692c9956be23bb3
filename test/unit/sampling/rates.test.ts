import { beforeEach, describe, expect, test } from "vitest";
import {
  boundedFactor,
  computeAdjustedFactor,
  computeGuardedSlidingWindowSampleRate,
  computeSlidingWindowSampleRate,
  DivisionByZero,
  effectiveRate,
  equalRates,
  extrapolateMonthlyVolume,
  floatOf,
  InvalidRate,
  isValidVolume,
  MemoryRateStore,
  type Organization,
  orgSampleRate,
  projectSampleRate,
  type Quotas,
  rateKeys,
  readFactor,
  readProjectRates,
  readTransactionRates,
  recalibrate,
  recalibrateStored,
  slidingWindowSize,
  storeProjectRates,
  storeTransactionRates,
  TaskContext,
} from "#runtime/sampling/index.js";
import { ManualClock, recorded } from "./instruments.js";

let now: number;
let store: MemoryRateStore;

beforeEach(() => {
  now = 1_000_000;
  store = new MemoryRateStore(() => now);
});

const MINUTE = 60_000;

describe("section 9: recalibration", () => {
  test.each([
    [0, 1, false],
    [10, 0, false],
    [10, null, false],
    [-1, 1, false],
    [10, 5, true],
  ])("a total of %j with %j kept is valid: %j", (total, indexed, valid) =>
    expect(isValidVolume({ total, indexed })).toBe(valid),
  );

  test("the effective rate is kept / total; a total of 0 throws", () => {
    expect(effectiveRate({ total: 10, indexed: 4 })).toBe(0.4);
    expect(() => effectiveRate({ total: 0, indexed: 0 })).toThrow(DivisionByZero);
    expect(() => effectiveRate({ total: 0, indexed: 0 })).toThrow(
      "the effective rate cannot be computed: expected a finite number, got 0 / 0",
    );
  });

  test("the adjusted factor divides first", () => {
    expect(computeAdjustedFactor(2, 0.5, 0.25)).toBe(1);
    expect(computeAdjustedFactor(0.1, 0.3, 0.7)).toBe(0.1 * (0.7 / 0.3));
  });

  test.each([
    [0, 0.5],
    [-1, 0.5],
    [1, 0],
  ])("there is none for previous %j and effective %j", (previous, effective) =>
    expect(computeAdjustedFactor(previous, effective, 0.5)).toBeNull(),
  );

  test.each([
    [0.1, 0.1, 0.1],
    [10, 10, 10],
    [0.0999, null, 0.1],
    [10.001, null, 10],
    [0, null, 0.1],
    [Number.POSITIVE_INFINITY, null, 10],
    [Number.NaN, null, null],
  ])("%j is bounded to %j, clamped to %j", (factor, bounded, clamped) => {
    expect(boundedFactor(factor)).toBe(bounded);
    expect(boundedFactor(factor, true)).toBe(clamped);
  });

  test.each([
    ["without a target it leaves the store", 1, 0.5, null, { kind: "leave" }],
    ["with a previous factor of 0 too", 0, 0.5, 0.5, { kind: "leave" }],
    ["out of bounds it deletes", 1, 0.01, 0.5, { kind: "delete" }],
    ["a factor of exactly 1 is deleted", 1, 0.5, 0.5, { kind: "delete" }],
    ["otherwise it stores", 1, 0.25, 0.5, { kind: "store", factor: 2 }],
  ])("a step: %s", (_title, previous, effective, target, expected) =>
    expect(recalibrate(previous, effective, target)).toEqual(expected),
  );

  test("a clamped step stores the bound", () =>
    expect(recalibrate(1, 0.01, 0.5, true)).toEqual({ kind: "store", factor: 10 }));

  test.each([[null], ["x"], [""]])("a stored factor of %j is 1", async (text) => {
    if (text !== null) store.set("k", text, 1000);
    expect(await readFactor(store, "k")).toBe(1);
  });

  test("with unchanged volumes it compounds until it leaves the range, is deleted, and starts from 1 again", async () => {
    const key = rateKeys.orgFactor(1);
    const factors: (string | null)[] = [];
    for (let run = 0; run < 5; run++) {
      await recalibrateStored(store, key, 0.25, 0.75, `run ${run}`);
      factors.push(store.get(key));
    }
    expect(factors).toEqual(["3", "9", null, "3", "9"]);
  });

  test("a stored factor lives 10 minutes", async () => {
    await recalibrateStored(store, "k", 0.25, 0.5, "run");
    now += 10 * MINUTE - 1;
    expect(store.get("k")).toBe("2");
    now += 1;
    expect(store.get("k")).toBeNull();
  });

  test("a run that is repeated does the same once more, wherever it was interrupted", async () => {
    store.set("k", "3", 60_000);
    expect(await recalibrateStored(store, "k", 0.25, 0.5, "first")).toEqual({ kind: "store", factor: 6 });
    expect(await recalibrateStored(store, "k", 0.25, 0.5, "first")).toEqual({ kind: "store", factor: 6 });
    expect(store.get("k")).toBe("6");
    store.set("k", "3", 60_000); // interrupted between decision and factor
    await recalibrateStored(store, "k", 0.25, 0.5, "first");
    expect(store.get("k")).toBe("6");
    expect(await recalibrateStored(store, "k", 0.25, 0.5, "second")).toEqual({ kind: "delete" });
    expect(await recalibrateStored(store, "k", 0.25, 0.5, "second")).toEqual({ kind: "delete" });
    expect(store.get("k")).toBeNull();
    expect(await recalibrateStored(store, "k", 0.25, 0.5, "third")).toEqual({ kind: "store", factor: 2 });
  });

  test.each([
    ["a target that is NaN", 1, 0.5, Number.NaN],
    ["an effective rate that is NaN", 1, Number.NaN, 0.5],
    ["a previous factor that is NaN", Number.NaN, 0.5, 0.5],
    ["an infinite target", 1, 0.5, Number.POSITIVE_INFINITY],
    ["an infinite effective rate", 1, Number.POSITIVE_INFINITY, 0.5],
  ])("%s leaves the stored factor as it is", (_title, previous, effective, target) =>
    expect(recalibrate(previous, effective, target)).toEqual({ kind: "leave" }),
  );

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1.5], [-0.5]])(
    "a target of %j is an error by name, and the stored factor stays",
    async (target) => {
      store.set("k", "2", 1000);
      await expect(recalibrateStored(store, "k", 0.25, target, "run")).rejects.toThrow(
        `expected the target rate for k to be a number between 0 and 1, got ${target}`,
      );
      expect(store.get("k")).toBe("2");
    },
  );

  test("a volume that is infinite or NaN is not valid", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(isValidVolume({ total: bad, indexed: 1 })).toBe(false);
      expect(isValidVolume({ total: 1, indexed: bad })).toBe(false);
    }
  });

  test("leaving the store leaves what is in it", async () => {
    store.set("k", "2", 1000);
    expect(await recalibrateStored(store, "k", 0.25, null, "run")).toEqual({ kind: "leave" });
    expect(store.get("k")).toBe("2");
  });
});

describe("section 10: the size of the sliding window", () => {
  test.each([
    [null, null],
    [12, 12],
    [12.9, 12],
    [-1.5, -1],
    ["48", 48],
    ["+6", 6],
    ["-6", -6],
    ["12.5", 24],
    ["day", 24],
    ["", 24],
    [Number.NaN, 24],
    [Number.POSITIVE_INFINITY, 24],
    [undefined, 24],
    [{}, 24],
    [true, 24],
  ])("option %j is %j", (option, hours) => expect(slidingWindowSize(option)).toBe(hours));
});

describe("section 10: the monthly volume", () => {
  const at = (date: string) => new Date(`${date}T23:59:59.999Z`);

  test.each([
    ["a leap February", "2024-02-10", 29],
    ["a plain February", "2023-02-01", 28],
    ["a February of a century", "2100-02-28", 28],
    ["April", "2024-04-30", 30],
    ["December", "2024-12-31", 31],
  ])("%s", (_title, date, days) => expect(extrapolateMonthlyVolume(100, 24, at(date))).toBe(100 * days));

  test("below an hour there is none", () => {
    expect(extrapolateMonthlyVolume(100, 0, at("2024-01-01"))).toBeNull();
    expect(extrapolateMonthlyVolume(100, 0.5, at("2024-01-01"))).toBeNull();
  });

  test("it is truncated, after multiplying with the quotient", () => {
    expect(extrapolateMonthlyVolume(7, 5, at("2024-01-01"))).toBe(Math.trunc(7 * ((31 * 24) / 5)));
    expect(extrapolateMonthlyVolume(1, 1000, at("2024-01-01"))).toBe(0);
    // volume * hours first would give 12245.999..., truncated otherwise
    expect(extrapolateMonthlyVolume(107, 49, at("2024-04-01"))).toBe(Math.trunc(107 * (720 / 49)));
  });
});

describe("section 10: the sample rate of the sliding window", () => {
  const window = { orgId: 1, projectId: null, volume: 1000, hours: 24 };
  const quotas = (tier: readonly [number, number] | null): Quotas => ({
    blendedSampleRate: () => null,
    samplingTierForVolume: (orgId, volume) => {
      expect([orgId, volume]).toEqual([1, 29_000]);
      return tier;
    },
  });

  test("is the rate of the volume's tier, and logs the volume", async () => {
    const { emitted, reported, instruments } = recorded();
    expect(await computeSlidingWindowSampleRate(window, quotas([20_000, 0.4]), instruments)).toBe(0.4);
    expect(emitted).toEqual([
      [
        "info",
        "dynamic_sampling.extrapolate_monthly_volume",
        { org_id: 1, volume: 1000, extrapolated_monthly_volume: 29_000, window_size_in_hours: 24 },
      ],
    ]);
    expect(reported).toEqual([]);
  });

  test.each([["x"], [Number.NaN], [Number.POSITIVE_INFINITY], [undefined], [null], [{}], [true], [""], [-0.1], [1.5]])(
    "a tier's rate of %j is reported by name and gives null, so that the stored rate stays",
    async (rate) => {
      const { reported, instruments } = recorded();
      const wrong: Quotas = JSON.parse("{}");
      Object.assign(wrong, quotas(null), { samplingTierForVolume: () => [20_000, rate] });
      expect(await computeSlidingWindowSampleRate(window, wrong, instruments)).toBeNull();
      expect(await computeGuardedSlidingWindowSampleRate(window, wrong, instruments)).toBeNull();
      const found = typeof rate === "string" ? JSON.stringify(rate) : String(rate);
      const message = `expected the rate of the tier of organization 1 to be a number between 0 and 1, got ${found}`;
      expect(reported.map(String)).toEqual([`InvalidRate: ${message}`, `InvalidRate: ${message}`]);
      expect(reported.every((each) => each instanceof InvalidRate)).toBe(true);
    },
  );

  test("a tier's rate that is a string of one number is that number", async () => {
    const { reported, instruments } = recorded();
    const text: Quotas = JSON.parse("{}");
    Object.assign(text, quotas(null), { samplingTierForVolume: () => [20_000, "0.4"] });
    expect(await computeSlidingWindowSampleRate(window, text, instruments)).toBe(0.4);
    expect(reported).toEqual([]);
  });

  test("logs one of ten", async () => {
    const { emitted, instruments } = recorded();
    await computeSlidingWindowSampleRate(window, quotas(null), { ...instruments, random: () => 0.11 });
    expect(emitted).toEqual([]);
  });

  test("is null without a tier", async () =>
    expect(await computeSlidingWindowSampleRate(window, quotas(null), recorded().instruments)).toBeNull());

  test("below an hour it is null and reported", async () => {
    const { reported, instruments } = recorded();
    expect(await computeSlidingWindowSampleRate({ ...window, hours: 0 }, quotas(null), instruments)).toBeNull();
    expect(reported).toEqual([[expect.stringContaining("month"), { ...window, hours: 0 }]]);
  });

  test("with a context both steps are timed and counted", async () => {
    const clock = new ManualClock();
    const context = new TaskContext("task", 5, new Map(), { monotonic: clock.read });
    await computeSlidingWindowSampleRate(window, quotas([1, 0.5]), recorded(clock).instruments, context);
    const { taskData } = context.toDict();
    expect(Object.keys(taskData)).toEqual(["extrapolate_monthly_volume", "get_transaction_sampling_tier_for_volume"]);
    for (const { numIterations } of Object.values(taskData)) expect(numIterations).toBe(1);
  });

  test("guarded, any error is reported and gives null", async () => {
    const { reported, instruments } = recorded();
    const error = new Error("no quotas");
    const failing: Quotas = {
      blendedSampleRate: () => null,
      samplingTierForVolume: () => {
        throw error;
      },
    };
    expect(await computeGuardedSlidingWindowSampleRate(window, failing, instruments)).toBeNull();
    expect(reported).toEqual([error]);
    expect(await computeGuardedSlidingWindowSampleRate(window, quotas([1, 0.5]), instruments)).toBe(0.5);
  });
});

describe("section 11: numbers of the store", () => {
  test.each([
    ["0.5", 0.5],
    [" 0.5\n", 0.5],
    ["1e-3", 0.001],
    ["+.5", 0.5],
    ["5.", 5],
    ["-2", -2],
    ["", null],
    [" ", null],
    ["0.5x", null],
    ["0x10", null],
    ["1_0", null],
    ["NaN", null],
    ["Infinity", null],
    ["1e999", null],
    [null, null],
  ])("%j is %j", (text, number) => expect(floatOf(text)).toBe(number));
});

describe("section 11: the rate of an organization", () => {
  const organization: Organization = {
    id: 1,
    dynamicSampling: true,
    customDynamicSampling: false,
    spans: false,
    samplingMode: "organization",
    targetSampleRate: 0.7,
  };
  const custom = { ...organization, customDynamicSampling: true };

  test.each([
    ["with the feature: its own target", custom, 0.2, { rate: 0.7, success: true }],
    ["without a target: the default", { ...custom, targetSampleRate: null }, 0.2, { rate: 0.2, success: false }],
    ["without either: 1", { ...custom, targetSampleRate: null }, null, { rate: 1, success: false }],
    ["without the feature its target does not count", organization, 0.2, { rate: 0.2, success: false }],
    ["the default may be null", organization, null, { rate: null, success: false }],
  ])("%s", async (_title, facts, fallback, expected) =>
    expect(await orgSampleRate(facts, fallback, store)).toEqual(expected),
  );

  test("without the feature: the stored rate of the sliding window", async () => {
    store.set(rateKeys.slidingWindowRate(1), "0.4", 1000);
    expect(await orgSampleRate(organization, 0.2, store)).toEqual({ rate: 0.4, success: true });
    expect(await orgSampleRate(custom, 0.2, store)).toEqual({ rate: 0.7, success: true });
  });

  test("a stored rate that cannot be read is the default", async () => {
    store.set(rateKeys.slidingWindowRate(1), "many", 1000);
    expect(await orgSampleRate(organization, 0.2, store)).toEqual({ rate: 0.2, success: false });
  });
});

describe("section 11: rates of the ports that are no numbers", () => {
  const organization: Organization = {
    id: 1,
    dynamicSampling: true,
    customDynamicSampling: true,
    spans: false,
    samplingMode: "organization",
    targetSampleRate: Number.NaN,
  };

  test("a target rate that is NaN is reported and gives none, whatever the blended rate is", async () => {
    const { reported, instruments } = recorded();
    expect(await orgSampleRate(organization, 0.2, store, instruments.reports)).toEqual({ rate: null, success: false });
    expect(reported.map(String)).toEqual([
      "InvalidRate: expected the target rate of organization 1 to be a number between 0 and 1, got NaN",
    ]);
  });

  test("a blended rate that is NaN is reported and gives none, for an organization and for a project", async () => {
    const { reported, instruments } = recorded();
    const { reports } = instruments;
    for (const facts of [
      { ...organization, customDynamicSampling: false },
      { ...organization, targetSampleRate: null },
    ]) {
      expect(await orgSampleRate(facts, Number.NaN, store, reports)).toEqual({ rate: null, success: false });
    }
    store.setHash(rateKeys.projectRates(1), new Map([["2", "x"]]), 1000);
    expect(await projectSampleRate(1, 2, Number.NaN, store, reports)).toEqual({ rate: null, success: false });
    expect(reported).toHaveLength(4);
    expect(reported.filter((each) => each instanceof InvalidRate)).toHaveLength(3);
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-0.1], [1.1]])(
    "a rate of %j is not stored over a good one, of projects and of transactions",
    async (rate) => {
      await storeProjectRates(store, 1, new Map([[2, 0.5]]));
      await storeTransactionRates(store, 1, 2, { explicit: new Map([["a", 0.5]]), implicitRate: 0.25 });
      const good = store.get(rateKeys.transactionRates(1, 2));
      await expect(storeProjectRates(store, 1, new Map([[2, rate]]))).rejects.toThrow(InvalidRate);
      const explicit = new Map([["a", rate]]);
      await expect(storeTransactionRates(store, 1, 2, { explicit, implicitRate: 0 })).rejects.toThrow(InvalidRate);
      const implicit = { explicit: new Map(), implicitRate: rate };
      await expect(storeTransactionRates(store, 1, 2, implicit)).rejects.toThrow(InvalidRate);
      expect(await readProjectRates(store, 1)).toEqual(new Map([[2, 0.5]]));
      expect(store.get(rateKeys.transactionRates(1, 2))).toBe(good);
    },
  );
});

describe("section 11: the rate of a project", () => {
  const look = async () => {
    const { reported, instruments } = recorded();
    return { ...(await projectSampleRate(1, 2, 0.3, store, instruments.reports)), reports: reported.length };
  };

  test("is the stored one", async () => {
    await storeProjectRates(store, 1, new Map([[2, 0.1 + 0.2]]));
    expect(await look()).toEqual({ rate: 0.1 + 0.2, success: true, reports: 0 });
  });

  test("is 1 when missing after the sliding window has run", async () => {
    store.set(rateKeys.slidingWindowExecuted, "1", 1000);
    expect(await look()).toEqual({ rate: 1, success: false, reports: 0 });
  });

  test("is the fallback when missing before that, and reported", async () =>
    expect(await look()).toEqual({ rate: 0.3, success: false, reports: 1 }));

  test("is the fallback when it cannot be read, and reported", async () => {
    store.setHash(rateKeys.projectRates(1), new Map([["2", "x"]]), 1000);
    store.set(rateKeys.slidingWindowExecuted, "1", 1000);
    expect(await look()).toEqual({ rate: 0.3, success: false, reports: 1 });
  });

  test("all rates of an organization: null for one that cannot be read; they live 24 hours", async () => {
    store.setHash(rateKeys.projectRates(1), new Map([["3", "x"]]), 1000);
    await storeProjectRates(store, 1, new Map([[2, 0.5]]));
    expect(await readProjectRates(store, 1)).toEqual(
      new Map([
        [3, null],
        [2, 0.5],
      ]),
    );
    now += 24 * 60 * MINUTE;
    expect(await readProjectRates(store, 1)).toEqual(new Map());
  });
});

describe("section 11: equal rates", () => {
  test.each([
    [null, null, true],
    [null, 0, false],
    [0.5, null, false],
    [0, 0, true],
    [0.5, 0.5, true],
    [1, 1 - 1e-9, true],
    [1, 1 - 1.1e-9, false],
    [0, 1e-300, false],
    [1e-12, 2e-12, false],
  ])("%j and %j: %j", (a, b, equal) => {
    expect(equalRates(a, b)).toBe(equal);
    expect(equalRates(b, a)).toBe(equal);
  });
});

describe("section 14: keys and transaction rates", () => {
  test("the keys of the rate store are these", () =>
    expect([
      rateKeys.orgFactor(1),
      rateKeys.projectFactor(2),
      rateKeys.projectRates(1),
      rateKeys.transactionRates(1, 2),
      rateKeys.slidingWindowRate(1),
      rateKeys.slidingWindowExecuted,
    ]).toEqual([
      "ds::o:1:rate_rebalance_factor2",
      "ds::p:2:rate_rebalance_factor2",
      "ds::o:1:prioritise_projects",
      "ds::o:1:p:2:pri_tran",
      "ds::o:1:sliding_window_org_sample_rate",
      "ds::sliding_window_org_executed",
    ]));

  test("transaction rates are JSON of names and the implicit rate, and read back, hostile names too", async () => {
    const explicit = new Map([
      ["a", 0.25],
      ["__proto__", 0.5],
      ["", 1],
    ]);
    await storeTransactionRates(store, 1, 2, { explicit, implicitRate: 0.125 });
    expect(store.get(rateKeys.transactionRates(1, 2))).toBe('[{"a":0.25,"__proto__":0.5,"":1},0.125]');
    expect(await readTransactionRates(store, 1, 2, null)).toEqual({ explicit, implicitRate: 0.125 });
    now += 24 * 60 * MINUTE;
    expect(await readTransactionRates(store, 1, 2, null)).toEqual({ explicit: new Map(), implicitRate: null });
  });

  test.each([
    ["x"],
    ["[]"],
    ["[{}]"],
    ["[1,2]"],
    ['[{},"x"]'],
    ['[{"a":"b"},1]'],
    ["[[],1]"],
    ["null"],
    ["[{},1e999]"],
    ['[{"a":1e999},1]'],
  ])("unreadable %s is no names and the default", async (text) => {
    store.set(rateKeys.transactionRates(1, 2), text, 1000);
    expect(await readTransactionRates(store, 1, 2, 0.5)).toEqual({ explicit: new Map(), implicitRate: 0.5 });
  });
});
