import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import type { JobHandle } from "#runtime/broker/jobs/job.js";
import { Jobs } from "#runtime/broker/jobs/jobs.js";
import { Plans } from "#runtime/broker/jobs/plans.js";
import { jobVerbs } from "#runtime/broker/jobs/verbs.js";
import type { JobDocument } from "#runtime/operations/documents/jobs.js";
import { SkippingClock } from "../../support/skipping-clock.js";

const HOUR = 3_600_000;
const FACTS = { verb: "Purge", actor: "ada", filter: "task:a.*", reason: "a bad deploy" } as const;

/** Work that a test ends. */
class Work {
  finish: () => void = () => {};
  fail: (error: Error) => void = () => {};
  handle: JobHandle | undefined;

  readonly run = (handle: JobHandle): Promise<void> => {
    this.handle = handle;
    return new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
      handle.signal.addEventListener("abort", () => resolve());
    });
  };
}

const clock = new SkippingClock();
let jobs = new Jobs(clock, silentLogger);
afterEach(async () => {
  await jobs.close();
  jobs = new Jobs(clock, silentLogger);
});

/** The document of each job when it has ended, in order. */
function ends(): { next(): Promise<JobDocument> } {
  const waiting: ((job: JobDocument) => void)[] = [];
  const ended: JobDocument[] = [];
  jobs.onEnd((job) => {
    const take = waiting.shift();
    if (take === undefined) ended.push(job);
    else take(job);
  });
  return {
    next: () => {
      const first = ended.shift();
      return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
    },
  };
}

describe("jobs of a broker", () => {
  it("say why the last of what failed did, when they continue after a failure", async () => {
    const ended = ends();
    jobs.start(FACTS, async (job) => {
      job.leftOut("failed", 2);
      job.failing("the disk is full");
    });
    expect(await ended.next()).toMatchObject({ state: "done", leftOut: { failed: 2 }, error: "the disk is full" });
  });

  it("count what their work reports, and say how they ended", async () => {
    const ended = ends();
    const started = jobs.start({ ...FACTS, total: 10 }, async (job) => {
      job.matched(10);
      job.done(6);
      job.asked(1);
      job.leftOut("running", 2);
      job.leftOut("running", 1);
      job.leftOut("paused", 0);
    });
    expect(started).toMatchObject({ ...FACTS, state: "running", endedAt: null, total: 10, matched: 0, done: 0 });
    const counts = { matched: 10, done: 6, asked: 1, leftOut: { running: 3 } };
    expect(await ended.next()).toMatchObject({ id: started.id, state: "done", ...counts, error: "" });
    expect(jobs.list()).toMatchObject([{ id: started.id, state: "done", ...counts, endedAt: expect.any(String) }]);
  });

  it("that throw have failed, with their error", async () => {
    const ended = ends();
    jobs.start(FACTS, () => Promise.reject(new Error("the disk is full")));
    expect(await ended.next()).toMatchObject({ state: "failed", error: "the disk is full", total: null });
  });

  it("run two at a time: the third is refused, and starts when one has ended", async () => {
    const ended = ends();
    const work = [new Work(), new Work()];
    const started = work.map(({ run }) => jobs.start(FACTS, run));
    expect(() => jobs.start(FACTS, async () => {})).toThrow(
      expect.objectContaining({
        kind: "too_many",
        code: "jobs_busy",
        message: expect.stringContaining(started[1]?.id ?? "-"),
      }),
    );
    await expect.poll(() => work[0]?.handle).toBeDefined();
    work[0]?.finish();
    await ended.next();
    expect(jobs.start(FACTS, async () => {}).state).toBe("running");
  });

  it("cancelled by a person end after their slice, and say who cancelled them", async () => {
    const ended = ends();
    const { id } = jobs.start(FACTS, new Work().run);
    expect(jobs.cancel(id, "grace")).toMatchObject({ id, state: "cancelling" });
    expect(await ended.next()).toMatchObject({ id, state: "cancelled", error: "cancelled by grace" });
    expect(jobs.cancel(id, "ada")).toMatchObject({ state: "cancelled", error: "cancelled by grace" });
    expect(() => jobs.cancel("nothing", "ada")).toThrow(
      expect.objectContaining({ kind: "not_found", code: "unknown_job" }),
    );
  });

  it("are cancelled when the broker stops, which waits for their end and takes no new ones", async () => {
    const ended = ends();
    jobs.start(FACTS, new Work().run);
    await jobs.close();
    expect(await ended.next()).toMatchObject({ state: "cancelled", error: "the broker stopped" });
    expect(() => jobs.start(FACTS, async () => {})).toThrow(expect.objectContaining({ code: "broker_stops" }));
  });

  it("are kept for an hour after their end, the newest 16, and running ones always", async () => {
    const ended = ends();
    const lasting = jobs.start(FACTS, new Work().run);
    const quick: string[] = [];
    for (let count = 0; count < 20; count++) {
      quick.push(jobs.start(FACTS, async () => {}).id);
      await ended.next();
    }
    expect(jobs.list().map(({ id }) => id)).toEqual([...quick.slice(-15).reverse(), lasting.id]);
    clock.skip(HOUR);
    expect(jobs.list().map(({ id }) => id)).toEqual([lasting.id]);
  });

  it("are listed and cancelled by their verbs", async () => {
    const [list, cancel] = jobVerbs(jobs);
    const caller = { actor: "ada", signal: new AbortController().signal };
    const { id } = jobs.start(FACTS, new Work().run);
    expect(await list?.run({}, caller)).toMatchObject({ jobs: [{ id, state: "running" }] });
    await expect(list?.run({ x: 1 }, caller)).rejects.toMatchObject({ code: "unknown_parameter" });
    await expect(cancel?.run({}, caller)).rejects.toMatchObject({ code: "bad_parameter", field: "id" });
    expect(await cancel?.run({ id, reason: "wrong filter" }, caller)).toMatchObject({
      job: { id, state: "cancelling" },
    });
  });
});

describe("plans of dry runs", () => {
  const plans = new Plans(clock);

  it("hold for one minute, for what they were made for, and may be used again", () => {
    const plan = plans.make(200, "Purge task:a");
    plans.check(plan, "Purge task:a", 200);
    plans.check(plan, "Purge task:a", 10);
    expect(() => plans.check(plan, "Cancel task:a", 200)).toThrow(expect.objectContaining({ code: "other_plan" }));
    clock.skip(60_001);
    expect(() => plans.check(plan, "Purge task:a", 200)).toThrow(
      expect.objectContaining({ kind: "conflict", code: "unknown_plan", field: "plan" }),
    );
    expect(() => plans.check("p_else", "Purge task:a", 1)).toThrow(expect.objectContaining({ code: "unknown_plan" }));
  });

  it.each([
    [0, 100],
    [200, 300],
    [1000, 1100],
    [5000, 5500],
  ])("of %d matches hold for at most %d", (matched, most) => {
    const plan = plans.make(matched, "x");
    plans.check(plan, "x", most);
    expect(() => plans.check(plan, "x", most + 1)).toThrow(expect.objectContaining({ code: "plan_outgrown" }));
  });

  it("are at most 256: the oldest is dropped", () => {
    const made = Array.from({ length: 257 }, (_, index) => plans.make(index, "x"));
    expect(() => plans.check(made[0] ?? "", "x", 0)).toThrow(expect.objectContaining({ code: "unknown_plan" }));
    plans.check(made[1] ?? "", "x", 1);
  });
});
