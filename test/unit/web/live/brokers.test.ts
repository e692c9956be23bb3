import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { Live } from "#runtime/web/live/live.js";
import { statusWith } from "../../../support/status.js";
import { contextOf, FakeBroker, liveOf, Page } from "../../../support/web/page.js";
import { ManualClock } from "../../worker/manual-clock.js";

/** Time passes in steps that are short enough for the answers of brokers, which take some microtasks. */
async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 10; step += 1) {
    clock.advance(100);
    await setImmediate();
  }
}

function threeBrokers() {
  const clock = new ManualClock();
  const brokers = [new FakeBroker("a:1"), new FakeBroker("b:1"), new FakeBroker("c:1")] as const;
  return { clock, brokers, live: liveOf(brokers, clock) };
}

const seconds = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => new Date(1_000_000 + (from + index) * 5000).toISOString());

describe("the stream of a console of several brokers", () => {
  it("names the one that is silent, shows the others, and takes it back when it answers", async () => {
    const { clock, brokers, live } = threeBrokers();
    const [, silent] = brokers;
    const page = await Page.open(live, "topics=status,problems");
    await pass(clock, 0.1);
    expect(await page.next("missing")).toEqual({ partial: [] });
    silent.silent = true;
    await pass(clock, 1);
    expect((await page.next("missing")).partial).toMatchObject([{ broker: "b:1", code: "broker_unreachable" }]);
    const problems = await page.next("problems");
    expect(problems.partial).toHaveLength(1);
    expect(problems.findings.map(({ code }) => code)).toContain("broker_silent");
    const late = await Page.open(live, "topics=status");
    const shown = await late.until("missing");
    expect(shown.filter(({ event }) => event === "status")).toHaveLength(3);
    silent.silent = false;
    await pass(clock, 1);
    expect(await page.next("missing")).toEqual({ partial: [] });
  });

  it("shows a page of one pool only what its brokers have, and which pools there are", async () => {
    const clock = new ManualClock();
    const brokers = [
      new FakeBroker("a:1", { pool: "fast", environment: "test", ownLog: false }),
      new FakeBroker("b:1", { pool: "slow", environment: "test", ownLog: false }),
      new FakeBroker("c:1", { pool: "slow", environment: "test", ownLog: false }),
    ] as const;
    const [fast] = brokers;
    const live = liveOf(brokers, clock);
    const all = await Page.open(live, "");
    const page = await Page.open(live, "pool=test/slow");
    await pass(clock, 0.5);
    const first = await page.until("problems");
    const of = (events: typeof first) =>
      events.flatMap(({ event, data }) => (event === "status" ? [JSON.parse(JSON.stringify(data)).broker] : []));
    expect(of(first)).toEqual(["b:1", "c:1"]);
    expect(of(await all.until("problems"))).toEqual(["a:1", "b:1", "c:1"]);
    const pools = [
      { name: "test/fast", brokers: ["a:1"] },
      { name: "test/slow", brokers: ["b:1", "c:1"] },
    ];
    expect(first.find(({ event }) => event === "pools")?.data).toEqual({ pools });
    expect(brokers.map((broker) => broker.count("Status"))).toEqual([1, 1, 1]);
    // It is known to be of another pool, so nothing of this one is missing.
    fast.silent = true;
    await pass(clock, 1);
    expect((await all.next("missing")).partial).toMatchObject([{ broker: "a:1" }]);
    const late = await Page.open(live, "pool=test/slow");
    const now = await late.until("news");
    expect(now.find(({ event }) => event === "missing")?.data).toEqual({ partial: [] });
    // A page of another pool, or of none, gets what is known at once.
    const other = await Page.open(live, "pool=test/fast");
    expect(of(await other.until("news"))).toEqual(["a:1"]);
    const none = await Page.open(live, "pool=test/none");
    expect(of(await none.until("news"))).toEqual([]);
  });

  it("is not held up by a slow one, which is asked again only after it has answered", async () => {
    const { clock, brokers, live } = threeBrokers();
    const [quick, slow] = brokers;
    let answer = () => {};
    slow.slow = new Promise((resolve) => {
      answer = resolve;
    });
    const page = await Page.open(live, "topics=status,problems");
    await pass(clock, 0.5);
    expect((await page.next("status")).broker).toBe("a:1");
    expect((await page.next("status")).broker).toBe("c:1");
    quick.document = statusWith({ heldFetches: 1 });
    await pass(clock, 1);
    expect(await page.next("status")).toMatchObject({ broker: "a:1", part: { heldFetches: 1 } });
    await pass(clock, 2);
    expect(slow.count("Status")).toBe(1);
    expect(page.text).not.toContain("event: problems");
    answer();
    await pass(clock, 1);
    const events = await page.until("problems");
    expect(events.map(({ event }) => event)).toEqual(["status", "missing", "pools", "problems"]);
  });

  it("asks one of an older version for the verb that it lacks only once after each of its starts", async () => {
    const { clock, brokers, live } = threeBrokers();
    const [, older] = brokers;
    older.lacks.add("Jobs");
    const page = await Page.open(live, "topics=jobs");
    await pass(clock, 10);
    expect((await page.next("jobs")).partial).toMatchObject([{ broker: "b:1", code: "broker_too_old" }]);
    expect(older.count("Jobs")).toBe(1);
    older.lacks.clear();
    older.document = statusWith({ broker: { ...older.document.broker, id: "upgraded" } });
    await pass(clock, 2);
    expect(await page.next("jobs")).toEqual({ jobs: [], partial: [] });
  });

  it("says that no broker answers when none does, and shows what they said last", async () => {
    const { clock, brokers, live } = threeBrokers();
    const page = await Page.open(live);
    await pass(clock, 1);
    for (const broker of brokers) broker.silent = true;
    await pass(clock, 2);
    const late = await Page.open(live);
    const events = await late.until("news");
    expect(events.filter(({ event }) => event === "status")).toHaveLength(3);
    expect(events.find(({ event }) => event === "problems")?.data).toMatchObject({ summary: "no broker answers" });
    await page.close();
  });

  it("names one whose status has another form, and shows the others", async () => {
    const { clock, brokers, live } = threeBrokers();
    const [, other] = brokers;
    other.document = JSON.parse(JSON.stringify({ ...statusWith(), ended: undefined }));
    const page = await Page.open(live, "topics=status,problems,news");
    await pass(clock, 1);
    const events = await page.until("news");
    expect(events.filter(({ event }) => event === "status")).toHaveLength(2);
    const partial = [expect.objectContaining({ broker: "b:1", code: "answer_unusable" })];
    expect(events.find(({ event }) => event === "missing")?.data).toEqual({ partial });
    expect(events.find(({ event }) => event === "problems")?.data).toMatchObject({ partial });
  });

  it("stays live when a verb is answered in another form, which is logged once", async () => {
    const clock = new ManualClock();
    const broker = new FakeBroker("a:1");
    const errors: unknown[] = [];
    const live = liveOf([broker], clock, { ...silentLogger, error: (_, fields) => void errors.push(fields) });
    broker.jobs = {};
    const page = await Page.open(live);
    await pass(clock, 5);
    await page.until("news");
    broker.document = statusWith({ heldFetches: 3 });
    await pass(clock, 1);
    expect((await page.next("status")).part).toEqual({ heldFetches: 3 });
    expect(errors).toHaveLength(1);
  });

  it("stays live when its findings cannot be made", async () => {
    const clock = new ManualClock();
    const broker = new FakeBroker("a:1");
    const models = () => {
      throw new Error("the model was replaced by something else");
    };
    const live = new Live({ ...contextOf([broker]), models }, clock);
    const page = await Page.open(live, "topics=status,problems");
    await pass(clock, 1);
    await page.until("missing");
    broker.document = statusWith({ heldFetches: 3 });
    await pass(clock, 1);
    expect((await page.next("status")).part).toEqual({ heldFetches: 3 });
    expect(page.text).not.toContain("event: problems");
  });

  it("counts what ended without the past of its brokers, and never backwards", async () => {
    const { clock, brokers, live } = threeBrokers();
    const [restarted, silent] = brokers;
    const ended = (id: string, completed: number, deadlettered = 0) =>
      statusWith({
        broker: { id, version: "0", startedAt: "2026-01-01T00:00:00.000Z", api: 1 },
        ended: { ...statusWith().ended, completed, deadlettered },
        failures: { error: deadlettered },
      });
    restarted.document = ended("1", 1_000_000, 7);
    const page = await Page.open(live, "topics=news");
    await pass(clock, 1);
    expect(await page.next("news")).toEqual({ ended: 0, failed: 0, letters: 0 });
    restarted.document = ended("1", 1_000_010, 8);
    await pass(clock, 1);
    expect(await page.next("news")).toEqual({ ended: 11, failed: 1, letters: 1 });
    restarted.document = ended("2", 5);
    silent.silent = true;
    await pass(clock, 1);
    expect(await page.next("news")).toEqual({ ended: 16, failed: 1, letters: 1 });
  });

  it("has each point once, summed, though brokers take theirs at different moments and one stops", async () => {
    const { clock, brokers, live } = threeBrokers();
    const page = await Page.open(live, "topics=points");
    const points = (count: number, late: number) => ({
      step: 5,
      at: seconds(count).map((at) => new Date(Date.parse(at) + late).toISOString()),
      broker: { completed: Array.from({ length: count }, () => 1) },
      tasks: [],
    });
    const shown: string[] = [];
    for (let count = 1; count <= 12; count += 1) {
      for (const [index, broker] of brokers.entries()) broker.series = points(count, index * 1500);
      await pass(clock, 5);
      const { at, broker } = await page.next("points");
      shown.push(...at);
      expect(broker.completed).toEqual(at.map(() => 3));
    }
    expect(shown).toEqual([...new Set(shown)]);
    expect(shown.length).toBeGreaterThanOrEqual(11);
    const late = await Page.open(live, "topics=points");
    const kept = await late.until("points");
    expect(kept.length).toBeGreaterThan(0);
  });

  it("has the points of a broker whose clock was set back", async () => {
    const clock = new ManualClock();
    const broker = new FakeBroker("a:1");
    const live = liveOf([broker], clock);
    const page = await Page.open(live, "topics=points");
    broker.series = { step: 5, at: seconds(3), broker: { completed: [1, 2, 3] }, tasks: [] };
    await pass(clock, 1);
    expect((await page.next("points")).at).toEqual(seconds(3));
    const earlier = seconds(2, -720);
    broker.series = { step: 5, at: earlier, broker: { completed: [8, 9] }, tasks: [] };
    const next = page.next("points");
    await pass(clock, 11);
    expect(await next).toMatchObject({ at: earlier, broker: { completed: [8, 9] } });
  });

  it("shows a broker of its own process by the address that it has once it has started", async () => {
    const clock = new ManualClock();
    let address = "127.0.0.1:0";
    const broker = new FakeBroker("");
    Object.defineProperty(broker, "address", { get: () => address });
    const live = liveOf([broker], clock);
    address = "127.0.0.1:50051";
    const page = await Page.open(live, "topics=status");
    await pass(clock, 1);
    expect((await page.next("status")).broker).toBe(address);
  });
});
