import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextId } from "#runtime/activation/retry.js";
import type { ChangedActivations, ChangePlan, ChangeStarted } from "#runtime/operations/documents/changes.js";
import type { JobDocument, JobsDocument } from "#runtime/operations/documents/jobs.js";
import type { Session } from "#runtime/wire/session.js";
import { brokerSession } from "#runtime/worker/transports/stream/port.js";
import { BrokerHarness } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";
import { callVerb } from "../support/wire/operations-client.js";

const HOUR = 3600;

let harness: BrokerHarness;
beforeEach(async () => {
  harness = await BrokerHarness.start();
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

type ChangeVerb = "Cancel" | "Promote" | "Purge";

const change = async (verb: ChangeVerb, request: object) =>
  (await callVerb<ChangedActivations>(harness.client(), verb, request)).document;
const planned = async (verb: ChangeVerb, q: string) =>
  (await callVerb<ChangePlan>(harness.client(), verb, { q, dryRun: true })).document;
const counted = (count: number) =>
  until(async () => Object.values((await harness.status()).counts).reduce((sum, each) => sum + each, 0) === count);
const outcomes = ({ outcomes: all }: ChangedActivations) => all.map(({ id, outcome }) => [id, outcome]);

/** Starts the change by its plan, and waits for its end. */
async function carriedOut(verb: ChangeVerb, q: string): Promise<JobDocument> {
  const { plan } = await planned(verb, q);
  const { job } = (await callVerb<ChangeStarted>(harness.client(), verb, { q, plan, reason: "a test" })).document;
  return until(async () => {
    const { jobs } = (await callVerb<JobsDocument>(harness.client(), "Jobs", {})).document;
    const found = jobs.find(({ id }) => id === job.id);
    return found?.state === "running" ? undefined : found;
  });
}

/** A worker over gRPC; what it was delivered, and which claims it was told to cancel. */
async function worker(tasks: readonly string[], credit: number) {
  const delivered: number[] = [];
  const cancelled: number[] = [];
  const session: Session = await brokerSession(harness.address).open(
    { application: "app", worker: "w", tasks: tasks.map((name) => ({ name, hash: "" })), slots: 9, held: [] },
    {
      deliver: (deliveries) => void delivered.push(...deliveries.map(({ claim }) => claim)),
      cancel: (claims) => void cancelled.push(...claims),
      lost: () => {},
    },
  );
  session.credit(credit);
  return { session, delivered, cancelled };
}

describe("activations are changed by their ids", () => {
  it("after a dry run that changes nothing; what is cancelled never runs, also after a restart", async () => {
    await harness.send({ id: "now" }, { id: "later", delay: HOUR }, { id: "other", task: "things.slow" });
    await counted(3);
    const ids = ["now", "later", "unheard of", "now"];
    const expected = [
      ["now", "done"],
      ["later", "done"],
      ["unheard of", "unknown"],
    ];
    const dry = await change("Cancel", { ids, dryRun: true });
    expect([outcomes(dry), dry.counts, dry.dryRun]).toEqual([expected, { done: 2, unknown: 1 }, true]);
    expect((await harness.status()).ended.cancelled).toBe(0);
    const done = await change("Cancel", { ids, reason: "wrong tenant" });
    expect([outcomes(done), done.dryRun]).toEqual([expected, undefined]);
    expect((await harness.status()).ended.cancelled).toBe(2);
    await harness.stop();
    await harness.start();
    await counted(1);
    expect((await harness.client().getTask())?.id).toBe("other");
    await expect(harness.client().getTask()).rejects.toThrow();
  });

  it("while a worker has them: it is asked to end them, and its answer settles them", async () => {
    await harness.send({ id: "runs" }, { id: "held" });
    const { session, delivered, cancelled } = await worker(["things.quick"], 2);
    await until(() => delivered.length === 2);
    expect(outcomes(await change("Purge", { ids: ["runs"] }))).toEqual([["runs", "running"]]);
    expect(outcomes(await change("Cancel", { ids: ["runs", "held"] }))).toEqual([
      ["runs", "asked"],
      ["held", "asked"],
    ]);
    await until(() => cancelled.length === 2);
    const [runs = 0, held = 0] = delivered;
    session.giveBack([held]);
    await session.settle([{ kind: "cancelled", claim: runs, error: "stopped" }]);
    await counted(0);
    expect((await harness.status()).ended).toMatchObject({ cancelled: 2, completed: 0 });
    await session.close();
  });

  it("while a worker without a session has them: the answer says when they end at the latest", async () => {
    await harness.send({ id: "pulled", deadline: 60 });
    await counted(1);
    await harness.client().getTask();
    const {
      outcomes: [only],
    } = await change("Cancel", { ids: ["pulled"] });
    expect(only).toMatchObject({ id: "pulled", outcome: "asked" });
    expect(Date.parse(only?.until ?? "")).toBeGreaterThan(Date.now() + 50_000);
  });

  it("along a chain of retries, from any run before the one in flight", async () => {
    const third = nextId(nextId("root", 1), 2);
    await harness.send({ id: third, delay: HOUR });
    await counted(1);
    expect(outcomes(await change("Cancel", { ids: ["root"] }))).toEqual([["root", "unknown"]]);
    for (const dryRun of [true, false]) {
      const { outcomes: found } = await change("Cancel", { ids: ["root", "nothing"], chain: true, dryRun });
      expect(found).toEqual([
        { id: "root", outcome: "done", run: third },
        { id: "nothing", outcome: "unknown" },
      ]);
    }
  });

  it("ahead of their arrival, over a restart", async () => {
    expect(outcomes(await change("Cancel", { ids: ["coming"], ahead: true }))).toEqual([["coming", "ahead"]]);
    const { outcomes: chained } = await change("Cancel", { ids: ["root"], ahead: true, chain: true });
    expect(chained).toEqual([{ id: "root", outcome: "ahead" }]);
    await harness.stop();
    await harness.start();
    await harness.send({ id: "coming" }, { id: nextId("root", 1) }, { id: "last" });
    await until(async () => (await harness.status()).ended.cancelled === 2);
    expect((await harness.client().getTask())?.id).toBe("last");
  });

  it("to be due at once", async () => {
    await harness.send({ id: "later", delay: HOUR }, { id: "soon", delay: 30 }, { id: "now", task: "things.slow" });
    await counted(3);
    expect(outcomes(await change("Promote", { ids: ["later", "soon", "now"] }))).toEqual([
      ["later", "done"],
      ["soon", "done"],
      ["now", "already"],
    ]);
    const { session, delivered } = await worker(["things.quick"], 5);
    await until(() => delivered.length === 2);
    await session.close();
  });

  it.each([
    ["has neither ids nor filter", {}, "ids: expected `ids`, or a filter `q`, found neither"],
    ["has both", { ids: ["a"], q: "" }, "ids: expected `ids`, or a filter `q`, found both"],
    [
      "has too many ids",
      { ids: Array(1001).fill("a") },
      "ids: expected at most 1000 entries, found 1001; split the request",
    ],
    [
      "has too many chains",
      { ids: Array.from({ length: 101 }, (_, at) => `a${at}`), chain: true },
      "ids: expected at most 100 entries with `chain`, found 101; split the request",
    ],
    ["has no plan", { q: "state:delayed" }, "plan: expected the plan of a dry run of this filter, found none"],
    ["follows the chains of a filter", { q: "", chain: true }, "chain: it goes with ids, found a filter"],
    ["cancels a filter ahead", { q: "", ahead: true }, "ahead: it goes with ids, found a filter"],
  ])("unless the request %s", async (_name, request, message) => {
    await expect(change("Cancel", request)).rejects.toMatchObject({ code: "bad_parameter", message });
  });
});

describe("everything that matches a filter is changed", () => {
  it("by a plan, in slices, and the rest is left alone", async () => {
    const later = Array.from({ length: 2500 }, (_, at) => ({ id: `later${at}`, delay: HOUR + at }));
    const now = Array.from({ length: 1200 }, (_, at) => ({ id: `now${at}` }));
    await harness.send(...later, ...now, { id: "kept", task: "things.slow", delay: HOUR }, { id: "held" });
    await counted(3702);
    await harness.client().getTask();
    const plan = await planned("Purge", "task:things.quick");
    expect(plan).toMatchObject({ matched: 3701, leftOut: { running: 1 }, tasks: { "things.quick": 3701 } });
    expect(plan.samples).toHaveLength(5);
    const job = await carriedOut("Purge", "task:things.quick");
    expect(job).toMatchObject({ state: "done", total: 3701, matched: 3701, done: 3700, leftOut: { running: 1 } });
    expect(await harness.status()).toMatchObject({ ended: { cancelled: 3700 }, counts: { delayed: 1, processing: 1 } });
    await harness.stop();
    await harness.start();
    await counted(2);
  });

  it("only in the states that the filter names", async () => {
    await harness.send({ id: "now" }, { id: "later", delay: HOUR }, { id: "soon", delay: 30 });
    await counted(3);
    expect(await carriedOut("Promote", "state:delayed")).toMatchObject({ state: "done", done: 2, leftOut: {} });
    expect((await harness.status()).counts.delayed).toBe(0);
  });

  it("once each, also those that become parked by it", async () => {
    await harness.send(...Array.from({ length: 1500 }, (_, at) => ({ id: `later${at}`, delay: HOUR })));
    await counted(1500);
    expect(await carriedOut("Promote", "")).toMatchObject({ matched: 1500, done: 1500, leftOut: {} });
  });

  it("not without the plan of the same change, nor when far more match by then", async () => {
    await harness.send({ id: "one", delay: HOUR });
    await counted(1);
    const { plan } = await planned("Cancel", "ns:things");
    const refused = (verb: ChangeVerb, q: string, by: string) =>
      callVerb(harness.client(), verb, { q, plan: by }).then(
        () => "started",
        (error: unknown) => Object(error).code,
      );
    expect(await refused("Cancel", "ns:things", "p_0000")).toBe("unknown_plan");
    expect(await refused("Purge", "ns:things", plan)).toBe("other_plan");
    expect(await refused("Cancel", "ns:other", plan)).toBe("other_plan");
    await harness.send(...Array.from({ length: 200 }, (_, at) => ({ id: `more${at}`, delay: HOUR })));
    await counted(201);
    expect(await refused("Cancel", "ns:things", plan)).toBe("plan_outgrown");
    expect((await harness.status()).ended.cancelled).toBe(0);
  });
});

it("cancel that races with completion settles each activation once, and what was done before its hand-out never runs", async () => {
  const COUNT = 2000;
  const ids = Array.from({ length: COUNT }, (_, at) => `race${at}`);
  const ran = new Set<number>();
  let session: Session | undefined;
  await harness.send(...ids.map((id) => ({ id })));
  await counted(COUNT);
  session = await brokerSession(harness.address).open(
    { application: "app", worker: "w", tasks: [{ name: "things.quick", hash: "" }], slots: 9, held: [] },
    {
      deliver: (deliveries) => {
        for (const { claim } of deliveries) ran.add(claim);
        const outcomes = deliveries.map(({ claim }) => ({ kind: "complete", claim }) as const);
        queueMicrotask(() => void session?.settle(outcomes).then(() => session?.credit(outcomes.length)));
      },
      cancel: () => {},
      lost: () => {},
    },
  );
  session.credit(50);
  const counts: Record<string, number> = {};
  const slices = Array.from({ length: 10 }, (_, at) => ids.slice(at * 200, at * 200 + 200).reverse());
  const answers = await Promise.all(slices.reverse().map((slice) => change("Cancel", { ids: slice })));
  for (const { outcome } of answers.flatMap((each) => each.outcomes)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  await counted(0);
  const { ended } = await harness.status();
  expect(ended.completed + ended.cancelled).toBe(COUNT);
  expect(ended.cancelled).toBe(counts.done ?? 0);
  expect(ran.size).toBe(COUNT - (counts.done ?? 0));
  expect(counts.done).toBeGreaterThan(0);
  await session.close();
});
