import { join } from "node:path";
import { connect } from "taskwire";
import { describe, expect, it } from "vitest";
import type { Failpoint } from "#runtime/base/failpoint.js";
import type { ChangedActivations, ChangePlan, ChangeStarted } from "#runtime/operations/documents/changes.js";
import type { JobDocument, JobsDocument } from "#runtime/operations/documents/jobs.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { ask } from "../support/ask.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { limited, until } from "../support/waiting.js";
import { environment, faults } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/fault/fixtures/handlers.js");
const FULL = process.env.TASKWIRE_FAULT_FULL === "1";
const COUNT = FULL ? 100_000 : 10_000;
const HOUR = 3600;

class CancelHarness extends FaultHarness {
  constructor() {
    super(environment, HANDLERS);
  }

  async ask<T>(verb: VerbName, request: object): Promise<T> {
    return Object(await ask(await this.processes.address(), verb, request));
  }

  /** Starts a job over everything delayed. */
  async cancelDelayed(): Promise<ChangePlan & { readonly job: JobDocument }> {
    const q = "state:delayed";
    const plan = await this.ask<ChangePlan>("Cancel", { q, dryRun: true });
    return { ...plan, ...(await this.ask<ChangeStarted>("Cancel", { q, plan: plan.plan })) };
  }

  async jobs(): Promise<readonly JobDocument[]> {
    return (await this.ask<JobsDocument>("Jobs", {})).jobs;
  }

  async idle(): Promise<void> {
    await until(async () => Object.values((await this.processes.status()).counts).every((count) => count === 0), 50);
  }

  /** How many runs began. */
  get started(): number {
    return this.history.read().filter(({ what }) => what === "started").length;
  }
}

describe("kill -9 of the broker in the middle of a bulk cancel", () => {
  it("keeps what was cancelled, and the same change again cancels the rest: nothing runs, nothing is left", async () => {
    await using harness = new CancelHarness();
    const broker = await harness.serving();
    await harness.worker("--concurrency", "4", "--children", "1");
    const client = await connect(environment, { dataFolder: harness.processes.data });
    const batch = 1000;
    for (let sent = 0; sent < COUNT; sent += batch)
      await Promise.all(
        Array.from({ length: batch }, (_, n) => faults.quick.delay({ n: sent + n }, { countdown: HOUR })),
      );
    await client[Symbol.asyncDispose]();
    await until(async () => (await harness.processes.status()).counts.delayed === COUNT);
    expect(await harness.cancelDelayed()).toMatchObject({ matched: COUNT, job: { total: COUNT } });
    const reported = await until(async () => {
      const [job] = await harness.jobs();
      return job !== undefined && job.done > COUNT / 5 && job.done;
    }, 1);
    const again = await harness.killBroker(broker);
    const { delayed } = (await harness.processes.status()).counts;
    expect(delayed).toBeLessThanOrEqual(COUNT - reported);
    expect(delayed).toBeGreaterThan(0);
    expect(await harness.cancelDelayed()).toMatchObject({ matched: delayed });
    await harness.idle();
    expect((await harness.processes.status()).ended).toMatchObject({ cancelled: delayed, completed: 0 });
    expect(harness.started).toBe(0);
    expect(await again.stop(), again.said()).toBe(0);
  });
});

describe("kill -9 of the broker while it cancels a running activation", () => {
  const points: readonly Failpoint[] = ["acts.applied", "acts.durable", "acts.before-notice"];
  it.each(points)("at %s: its worker is asked after the restart, and it ends once, as cancelled", async (point) => {
    await using harness = new CancelHarness();
    const broker = await harness.broker(`${point}=kill@1`);
    await harness.answering(broker);
    await harness.worker("--concurrency", "4", "--children", "1");
    const client = await connect(environment, { dataFolder: harness.processes.data });
    const { id } = await faults.patient.delay({ n: 1 });
    await client[Symbol.asyncDispose]();
    await until(() => harness.started === 1);
    const asked = harness.ask("Cancel", { ids: [id] }).catch(() => "the broker was killed");
    await limited(20_000, `the broker to pass ${point}`, broker.ended, broker.said);
    harness.killed("broker", broker.pid);
    const again = await harness.serving();
    // Only what was on disk is known. It waits until its worker is back, or was read again.
    if (point === "acts.applied")
      await until(async () => {
        const { counts } = await harness.ask<ChangedActivations>("Cancel", { ids: [id] });
        return counts.asked === 1 || counts.done === 1;
      }, 200);
    await until(async () => (await harness.processes.status()).ended.cancelled === 1);
    await harness.idle();
    await asked;
    expect(harness.started).toBe(1);
    expect(harness.history.ended()).toEqual([]);
    expect(await again.stop(), again.said()).toBe(0);
  });
});

describe("a worker that does not answer", () => {
  it("keeps its run for 10 s after the cancel; what it reports later counts no more", async () => {
    await using harness = new CancelHarness();
    await harness.serving();
    const worker = await harness.worker("--concurrency", "4", "--children", "1");
    const client = await connect(environment, { dataFolder: harness.processes.data });
    const { id } = await faults.patient.delay({ n: 1 });
    await client[Symbol.asyncDispose]();
    await until(() => harness.started === 1);
    process.kill(worker.pid, "SIGSTOP");
    expect(await harness.ask("Cancel", { ids: [id] })).toMatchObject({ counts: { asked: 1 } });
    expect((await harness.processes.status()).counts.processing).toBe(1);
    await until(async () => (await harness.processes.status()).ended.cancelled === 1);
    process.kill(worker.pid, "SIGCONT");
    await until(async () => (await harness.processes.status()).dropped.stale === 1);
    const { ended, counts } = await harness.processes.status();
    expect([ended.cancelled, ended.completed, counts.processing]).toEqual([1, 0, 0]);
    expect(harness.started).toBe(1);
  });
});
