import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rateKeys, readProjectRates, readTransactionRates } from "#runtime/sampling/index.js";
import { samplingHandlers } from "../../../examples/sampling/handlers.js";
import { dynamicSampling } from "../../../generated/index.js";
import { defineSomeHandlers } from "../../../generated/registry.js";
import { Application } from "./application.js";
import { testPorts } from "./sampling-ports.js";

const BATCH = "sentry.dynamic_sampling.tasks.recalibrate_orgs_batch";
const PROJECTS_BATCH = "sentry.dynamic_sampling.tasks.recalibrate_projects_batch";
const OF_ORG = "sentry.dynamic_sampling.boost_low_volume_projects_of_org";
const OF_PROJECT = "sentry.dynamic_sampling.boost_low_volume_transactions_of_project";

let made: ReturnType<typeof testPorts>;
let application: Application;
let told: string[];

beforeEach(async () => {
  made = testPorts();
  told = [];
  const dynamicSamplingHandlers = samplingHandlers(
    () => made.ports,
    async (orgId, projects) => told.push(`${orgId}: ${projects}`),
  );
  application = await Application.start(defineSomeHandlers({ dynamicSampling: dynamicSamplingHandlers }));
});

afterEach(() => application[Symbol.asyncDispose]());

const blended = (rate: number) => {
  made.add(1, [11]);
  made.blended.set(1, rate);
};
const tasks = async () => (await application.drain()).map(({ task }) => task);
const factor = (orgId: number) => made.rates.get(rateKeys.orgFactor(orgId));
const base = (orgId: number) => made.rates.get(rateKeys.slidingWindowRate(orgId));
const projectRates = async (orgId: number) => Object.fromEntries(await readProjectRates(made.rates, orgId));

describe("section 15.1: recalibrate orgs", () => {
  test("valid volumes go to the batch of their organization's mode, invalid ones nowhere", async () => {
    made.add(1);
    made.add(2, [21], { samplingMode: "project" });
    made.count(1, 11, "t", 100, { keep: 25 });
    made.count(2, 21, "t", 100, { keep: 50 });
    made.count(3, 31, "t", 100, { keep: 0 });
    await dynamicSampling.recalibrateOrgs.delay();
    expect(await tasks()).toEqual(["sentry.dynamic_sampling.tasks.recalibrate_orgs", PROJECTS_BATCH, BATCH]);
  });

  test("without valid volumes there is no batch", async () => {
    made.count(1, 11, "t", 100);
    await dynamicSampling.recalibrateOrgs.delay();
    expect(await tasks()).toHaveLength(1);
  });

  const batch = async (...organizations: { organization_id: number; total: number; indexed: number }[]) => {
    await dynamicSampling.recalibrateOrgsBatch.delay({ organizations });
    await application.drain();
  };

  test("an organization's factor leads its kept share to its rate; the source is logged", async () => {
    made.add(1);
    made.add(2);
    made.blended.set(1, 0.5);
    await made.rates.set(rateKeys.slidingWindowRate(2), "0.1", 60_000);
    await batch({ organization_id: 1, total: 100, indexed: 25 }, { organization_id: 2, total: 100, indexed: 20 });
    expect([await factor(1), await factor(2)]).toEqual(["2", "0.5"]);
    expect(made.sources()).toEqual([
      [1, null, 0.5, "blended_sample_rate", "recalibrate_orgs"],
      [2, null, 0.1, "sliding_window_org", "recalibrate_orgs"],
    ]);
  });

  test("a recalibration that runs twice, itself or its batches, corrects once; the next one corrects on", async () => {
    made.add(1);
    made.add(2, [21], { samplingMode: "project" });
    made.blended.set(1, 0.5);
    made.targets.set(21, 0.75);
    made.count(1, 11, "t", 100, { keep: 25 });
    made.count(2, 21, "t", 100, { keep: 25 });
    made.count(2, 21, "t", 100, { keep: 25, measure: "spans" });
    const factors = () => Promise.all([factor(1), made.rates.get(rateKeys.projectFactor(21))]);
    await dynamicSampling.recalibrateOrgs.delay();
    for (const activation of await application.drain()) await application.run(activation);
    await application.drain();
    expect(await factors()).toEqual(["2", "3"]);
    await dynamicSampling.recalibrateOrgs.delay();
    await application.drain();
    expect(await factors()).toEqual(["4", "9"]);
  });

  test("missing organizations and those without dynamic sampling are left out", async () => {
    made.add(1, [], { dynamicSampling: false });
    made.blended.set(1, 0.5).set(2, 0.5);
    await batch({ organization_id: 1, total: 4, indexed: 1 }, { organization_id: 2, total: 4, indexed: 1 });
    expect([await factor(1), await factor(2), made.reported]).toEqual([null, null, []]);
  });

  test("one without a rate is reported, one that fails too, and the next ones continue", async () => {
    for (const id of [1, 2, 3]) made.add(id);
    made.failing.add(2);
    made.blended.set(2, 0.5).set(3, 0.5);
    await batch(...[1, 2, 3].map((organization_id) => ({ organization_id, total: 4, indexed: 1 })));
    expect([await factor(1), await factor(2), await factor(3)]).toEqual([null, null, "2"]);
    expect(made.reported).toEqual([
      ["an organization has no sample rate to recalibrate to", { org_id: 1 }],
      new Error("no facts about 2"),
    ]);
  });

  test("the worker's signal ends a batch between two organizations", async () => {
    made.add(1);
    made.blended.set(1, 0.5);
    await dynamicSampling.recalibrateOrgsBatch.delay({ organizations: [{ organization_id: 1, total: 4, indexed: 1 }] });
    const aborted = AbortSignal.abort(new Error("the worker stops"));
    await expect(application.run(await application.next(), aborted)).rejects.toThrow("the worker stops");
    expect(await factor(1)).toBeNull();
  });

  test("projects: their own target or 1, by spans; a total of 0 is reported and holds up no other", async () => {
    made.add(1, [11, 12, 13, 14]);
    made.targets.set(11, 0.5);
    const spans = { measure: "spans" } as const;
    made.count(1, 11, "t", 100, { ...spans, keep: 25 });
    made.count(1, 12, "t", 0, spans);
    made.count(1, 13, "t", 100, { ...spans, keep: 50 });
    made.count(1, 14, "t", 100, spans);
    made.count(1, 99, "t", 100, { ...spans, keep: 50 });
    await dynamicSampling.recalibrateProjectsBatch.delay({ organization_ids: [1] });
    await application.drain();
    const factors = [11, 12, 13, 14, 99].map((id) => made.rates.get(rateKeys.projectFactor(id)));
    expect(await Promise.all(factors)).toEqual(["2", null, "2", null, null]);
    expect(made.sources()).toContainEqual([1, 11, 0.5, "project_setting", "recalibrate_projects"]);
    expect(made.reported.map(String)).toEqual([
      "DivisionByZero: the effective rate cannot be computed: expected a finite number, got 0 / 0",
    ]);
  });
});

describe("section 15.2: boost low volume projects", () => {
  const counted = () => {
    made.add(1, [11, 12, 13]);
    made.blended.set(1, 0.25);
    made.count(1, 11, "t", 60);
    made.count(1, 12, "t", 20);
  };

  test("a rate for each project, those without volume too; the configuration of each is invalidated", async () => {
    counted();
    await dynamicSampling.boostLowVolumeProjects.delay();
    const ran = await application.drain();
    expect(ran.map(({ task }) => task)).toEqual(["sentry.dynamic_sampling.tasks.boost_low_volume_projects", OF_ORG]);
    expect(ran[1]?.headers.get("sentry-propagate-traces")).toBe("false");
    // ideal 20/3: all of 13, then 10 each of 20 and 60
    expect(await projectRates(1)).toEqual({ 11: expect.closeTo(10 / 60, 12), 12: 0.5, 13: 1 });
    expect(made.invalidated.sort()).toEqual(
      [11, 12, 13].map((id) => `${id} dynamic_sampling_boost_low_volume_projects`),
    );
    expect(told).toEqual(["1: 3"]);
  });

  test("again, the same rates are stored and nothing is invalidated; a rate that is new is", async () => {
    counted();
    await dynamicSampling.boostLowVolumeProjects.delay();
    const ran = await application.drain();
    made.invalidated.length = 0;
    for (const activation of ran) await application.run(activation);
    await application.drain();
    expect(made.invalidated).toEqual([]);
    await made.rates.setHash(rateKeys.projectRates(1), new Map([["12", "x"]]), 60_000);
    await dynamicSampling.boostLowVolumeProjects.delay();
    await application.drain();
    expect(made.invalidated).toEqual(["12 dynamic_sampling_boost_low_volume_projects"]);
  });

  test("organizations that sample by project are left out", async () => {
    counted();
    made.add(1, [11], { samplingMode: "project" });
    await dynamicSampling.boostLowVolumeProjects.delay();
    expect(await tasks()).toHaveLength(1);
    await dynamicSampling.boostLowVolumeProjectsOfOrgWithQuery.delay({ organization_id: 1 });
    await application.drain();
    expect(await projectRates(1)).toEqual({});
  });

  test("spans count only when that is switched on, for organizations with the feature", async () => {
    made.add(1, [11, 12], { spans: true });
    made.blended.set(1, 0.5);
    made.count(1, 11, "t", 30);
    made.count(1, 11, "t", 10, { measure: "spans" });
    made.count(1, 12, "t", 30, { measure: "spans" });
    await dynamicSampling.boostLowVolumeProjects.delay();
    await application.drain();
    expect(await projectRates(1)).toEqual({ 11: 0.5, 12: 1 });
    made.options.set("dynamic-sampling.check_span_feature_flag", true);
    for (const send of [
      () => dynamicSampling.boostLowVolumeProjects.delay(),
      () => dynamicSampling.boostLowVolumeProjectsOfOrgWithQuery.delay({ organization_id: 1 }),
    ]) {
      await made.rates.delete(rateKeys.projectRates(1));
      await send();
      await application.drain();
      expect(await projectRates(1)).toEqual({ 11: 1, 12: expect.closeTo(1 / 3, 12) });
    }
  });

  test("with a query of its own an organization gets the same rates", async () => {
    counted();
    await dynamicSampling.boostLowVolumeProjectsOfOrgWithQuery.delay({ organization_id: 1 });
    await application.drain();
    expect(await projectRates(1)).toEqual({ 11: expect.closeTo(10 / 60, 12), 12: 0.5, 13: 1 });
    expect(told).toEqual(["1: 3"]);
  });

  test.each([
    ["no such organization", () => {}, 0],
    ["no dynamic sampling", () => made.add(1, [11], { dynamicSampling: false }), 0],
    ["no rate, which is reported", () => made.add(1, [11]), 1],
    ["all counts 0", () => blended(0.5), 0, 0],
    ["an error of the model, which is reported", () => blended(1.5), 1],
  ])("%s: nothing is stored", async (_title, prepare, reports, total = 4) => {
    prepare();
    await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({
      organization_id: 1,
      projects: [{ project_id: 11, total }],
    });
    await application.drain();
    expect([await projectRates(1), made.reported.length, told, made.invalidated]).toEqual([{}, reports, [], []]);
  });

  test("the base rate is the sliding window's, where there is one; its source is logged", async () => {
    counted();
    await made.rates.set(rateKeys.slidingWindowRate(1), "0.5", 60_000);
    await dynamicSampling.boostLowVolumeProjects.delay();
    await application.drain();
    expect(made.sources()).toEqual([[1, null, 0.5, "sliding_window_org", "boost_low_volume_projects"]]);
  });
});

describe("section 15.3: boost low volume transactions", () => {
  const rates = async (orgId: number, projectId: number) => {
    const { explicit, implicitRate } = await readTransactionRates(made.rates, orgId, projectId, null);
    return { explicit: Object.fromEntries(explicit), implicitRate };
  };

  test("joins totals with the largest and smallest names of each project, one task a project", async () => {
    made.add(1, [11]);
    made.blended.set(1, 0.5);
    made.options.set("dynamic-sampling:prioritise_transactions.num_explicit_large_transactions", 1);
    made.options.set("dynamic-sampling:prioritise_transactions.num_explicit_small_transactions", 1);
    made.options.set("dynamic-sampling:prioritise_transactions.rebalance_intensity", null);
    for (const [name, total] of [
      ["a", 60],
      ["b", 30],
      ["c", 8],
      ["d", 2],
    ] as const)
      made.count(1, 11, name, total);
    made.count(1, 12, "x", 5);
    await dynamicSampling.boostLowVolumeTransactions.delay();
    const ran = await application.drain();
    expect(ran.map(({ task }) => task)).toEqual([
      "sentry.dynamic_sampling.tasks.boost_low_volume_transactions",
      OF_PROJECT,
      OF_PROJECT,
    ]);
    expect(ran[1]?.headers.get("sentry-propagate-traces")).toBe("false");
    // budget 50, 12.5 a class: d whole, 12.5 of a, and the tail gets the other 35.5 of 38
    const { explicit, implicitRate } = await rates(1, 11);
    expect(explicit).toEqual({ d: 1, a: expect.closeTo(12.5 / 60, 12) });
    expect(implicitRate).toBeCloseTo(35.5 / 38, 12);
    expect(made.invalidated).toContain("11 dynamic_sampling_boost_low_volume_transactions");
  });

  test("its iterators are timed by their own names", async () => {
    made.add(1, [11]);
    made.count(1, 11, "a", 1);
    await dynamicSampling.boostLowVolumeTransactions.delay();
    await application.run(await application.next());
    const line = made.emitted.find((each) => Array.isArray(each) && each[1] === "dynamic_sampling.task_execution");
    const names = Array.isArray(line) ? Object.keys(line[2].taskData).sort() : [];
    expect(names).toEqual([
      "GetActiveOrgs",
      "GetTransactionTotals",
      "GetTransactionVolumes(big)",
      "GetTransactionVolumes(small)",
    ]);
  });

  const send = async (
    transactions = [
      { name: "a", count: 60 },
      { name: "b", count: 20 },
    ],
  ) => {
    await dynamicSampling.boostLowVolumeTransactionsOfProject.delay({
      organization_id: 1,
      project_id: 11,
      transactions,
    });
    await application.drain();
  };
  const nothing = { explicit: {}, implicitRate: null };

  test("the rate is the project's stored one, by default at intensity 0.8", async () => {
    made.add(1);
    await made.rates.setHash(rateKeys.projectRates(1), new Map([["11", "0.5"]]), 60_000);
    await send();
    // ideal 20, sampled 10: 10 + 10 * 0.8 of 20; then ideal 22, sampled 30: 30 - 8 * 0.8 of 60
    expect(await rates(1, 11)).toEqual({
      explicit: { b: expect.closeTo(18 / 20, 12), a: expect.closeTo((30 - 8 * 0.8) / 60, 12) },
      implicitRate: 0.5,
    });
    expect(made.sources()).toEqual([[1, 11, 0.5, "boost_low_volume_projects", "boost_low_volume_transactions"]]);
  });

  test("in project mode it is the project's target; without one that is reported, and nothing is stored", async () => {
    made.add(1, [], { samplingMode: "project" });
    await send();
    expect(await rates(1, 11)).toEqual(nothing);
    made.targets.set(11, 0.5);
    await send();
    expect((await rates(1, 11)).implicitRate).toBe(0.5);
    expect(made.sources()).toEqual([
      [1, 11, null, "project_setting", "boost_low_volume_transactions"],
      [1, 11, 0.5, "project_setting", "boost_low_volume_transactions"],
    ]);
  });

  test("without a stored rate it is the blended one before the sliding window has run, and 1 after it", async () => {
    made.add(1);
    made.blended.set(1, 0.5);
    await send();
    expect((await rates(1, 11)).implicitRate).toBe(0.5);
    expect(made.reported).toHaveLength(1);
    await made.rates.delete(rateKeys.transactionRates(1, 11));
    await made.rates.set(rateKeys.slidingWindowExecuted, "1", 60_000);
    await send();
    expect(await rates(1, 11)).toEqual(nothing);
    expect(made.sources()).toEqual([
      [1, 11, 0.5, "blended_sample_rate", "boost_low_volume_transactions"],
      [1, 11, 1, "blended_sample_rate", "boost_low_volume_transactions"],
    ]);
  });

  test.each([
    ["no such organization", () => {}, 0],
    ["no dynamic sampling", () => made.add(1, [], { dynamicSampling: false }), 0],
    ["no rate, which is reported with the missing stored one", () => made.add(1), 2],
    ["an error of the model, reported too", () => blended(2), 2],
  ])("%s: nothing is stored", async (_title, prepare, reports) => {
    prepare();
    await send();
    expect([await rates(1, 11), made.reported.length, made.invalidated]).toEqual([nothing, reports, []]);
  });

  test("no transactions: nothing", async () => {
    made.add(1);
    made.blended.set(1, 0.5);
    await send([]);
    expect(await rates(1, 11)).toEqual(nothing);
  });

  test("an option that is no number fails by name", async () => {
    made.options.set("dynamic-sampling:prioritise_transactions.num_explicit_large_transactions", "many");
    await dynamicSampling.boostLowVolumeTransactions.delay();
    await expect(application.run(await application.next())).rejects.toThrow(
      'expected the option dynamic-sampling:prioritise_transactions.num_explicit_large_transactions to be a number or null, got "many"',
    );
  });
});

describe("section 15.4: sliding window", () => {
  const run = async () => {
    await dynamicSampling.slidingWindowOrg.delay();
    await application.run(await application.next());
  };
  const executed = () => made.rates.get(rateKeys.slidingWindowExecuted);

  test("stores the rate of each organization's tier, keeps the old one where there is none, then marks that it ran", async () => {
    made.count(1, 11, "t", 100);
    made.count(2, 21, "t", 100);
    made.tiers.set(1, [1000, 0.3]);
    await made.rates.set(rateKeys.slidingWindowRate(2), "0.9", 60_000);
    await run();
    expect([await base(1), await base(2), await executed()]).toEqual(["0.3", "0.9", "1"]);
    const line = made.emitted.find((each) => Array.isArray(each) && each[1] === "dynamic_sampling.task_execution");
    const data = Array.isArray(line) ? line[2].taskData : {};
    expect(data).toMatchObject({
      GetActiveOrgsVolumes: { numOrgs: 2 },
      adjust_base_sample_rate_of_org: { numOrgs: 1, numIterations: 1 },
      compute_guarded_sliding_window_sample_rate: { numIterations: 2 },
      redis_updates: { numIterations: 1 },
      extrapolate_monthly_volume: { numIterations: 2 },
      get_transaction_sampling_tier_for_volume: { numIterations: 2 },
    });
  });

  test("a tier's rate that is no number is reported, and the stored rate stays; other organizations continue", async () => {
    for (const id of [1, 2, 3]) made.count(id, id * 10 + 1, "t", 100);
    made.tiers.set(1, [1000, Number.NaN]);
    made.tiers.set(2, [1000, Number.POSITIVE_INFINITY]);
    made.tiers.set(3, [1000, 0.3]);
    for (const id of [1, 2]) await made.rates.set(rateKeys.slidingWindowRate(id), "0.9", 60_000);
    await run();
    expect([await base(1), await base(2), await base(3), await executed()]).toEqual(["0.9", "0.9", "0.3", "1"]);
    expect(made.reported.map(String)).toEqual([
      "InvalidRate: expected the rate of the tier of organization 1 to be a number between 0 and 1, got NaN",
      "InvalidRate: expected the rate of the tier of organization 2 to be a number between 0 and 1, got Infinity",
    ]);
  });

  test("switched off it does nothing and marks nothing", async () => {
    made.count(1, 11, "t", 100);
    made.tiers.set(1, [1000, 0.3]);
    made.options.set("dynamic-sampling:sliding_window.size", null);
    await run();
    expect([await base(1), await executed()]).toEqual([null, null]);
  });

  test("its window is as long as the option says", async () => {
    made.count(1, 11, "t", 100, { at: Date.UTC(2024, 1, 10, 2) });
    made.tiers.set(1, [1000, 0.3]);
    made.options.set("dynamic-sampling:sliding_window.size", "6");
    await run();
    expect(await base(1)).toBeNull();
    made.options.set("dynamic-sampling:sliding_window.size", 12);
    await run();
    expect(await base(1)).toBe("0.3");
  });

  test("a timeout between two organizations keeps what was stored and marks nothing", async () => {
    for (const id of [1, 2]) made.count(id, 11, "t", 100);
    made.tiers.set(2, [1000, 0.3]);
    Object.defineProperty(made.tiers, "get", {
      value: () => {
        made.clock.seconds += 421;
        return [1000, 0.3];
      },
    });
    await dynamicSampling.slidingWindowOrg.delay();
    await expect(application.run(await application.next())).rejects.toThrow(
      "sentry.tasks.dynamic_sampling.sliding_window_org ran out of time: expected it to end within 420 s",
    );
    expect([await base(1), await base(2), await executed()]).toEqual(["0.3", null, null]);
  });

  test("the worker's signal ends it, and marks nothing", async () => {
    made.count(1, 11, "t", 100);
    await dynamicSampling.slidingWindowOrg.delay();
    const aborted = AbortSignal.abort(new Error("the worker stops"));
    await expect(application.run(await application.next(), aborted)).rejects.toThrow("the worker stops");
    expect(await executed()).toBeNull();
  });
});

test("a wrong parameter is an error in the caller and appends nothing", async () => {
  const projects = [{ project_id: 1, total: "60" }];
  // @ts-expect-error: total is a number
  const wrong = dynamicSampling.boostLowVolumeProjectsOfOrg.delay({ organization_id: 1, projects });
  await expect(wrong).rejects.toThrow(
    'dynamic_sampling.boost_low_volume_projects_of_org: projects.0.total: expected int, got "60"',
  );
  expect(await application.waiting()).toEqual([]);
});
