import { join } from "node:path";
import { connect } from "taskwire";
import { describe, expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { ReadRecord } from "#runtime/log/port.js";
import type { ChangePlan, ChangeStarted } from "#runtime/operations/documents/changes.js";
import type { JobDocument, JobsDocument } from "#runtime/operations/documents/jobs.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { ask, askForLetters } from "../support/ask.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { letterRecord } from "../support/letters.js";
import type { Running } from "../support/processes/command.js";
import { SmallDisk } from "../support/processes/small-disk.js";
import { activationBytes, append } from "../support/records.js";
import { until } from "../support/waiting.js";
import { environment, faults } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/fault/fixtures/handlers.js");
const DEAD = "work-dlq";
const MIB = 1024 ** 2;
const DISK_BYTES = 64 * MIB;
const HOUR = 3600;
const DELAYED = 10_000;
const LETTERS = 3000;
const PAYLOAD_BYTES = 2000;
const FULL = "disk is full";

/** Processes whose files are on a small disk. */
class FullHarness extends FaultHarness {
  constructor() {
    super(environment, HANDLERS);
  }

  async ask<T>(verb: VerbName, request: object): Promise<T> {
    return Object(await ask(await this.processes.address(), verb, request));
  }

  /** Starts a job for all that the filter matches. */
  async begin(verb: VerbName, q: string): Promise<JobDocument> {
    const { plan } = await this.ask<ChangePlan>(verb, { q, dryRun: true });
    return (await this.ask<ChangeStarted>(verb, { q, plan })).job;
  }

  async job(id: string): Promise<JobDocument> {
    const job = (await this.ask<JobsDocument>("Jobs", {})).jobs.find((each) => each.id === id);
    if (job === undefined) throw new Error(`the broker has no job ${id}`);
    return job;
  }

  /** The job when it has ended. */
  end(id: string): Promise<JobDocument> {
    return until(async () => {
      const job = await this.job(id);
      return job.state !== "running" && job;
    });
  }

  async delay(count: number): Promise<void> {
    const client = await connect(environment, { dataFolder: this.processes.data });
    for (let sent = 0; sent < count; sent += 1000) {
      const inputs = Array.from({ length: Math.min(1000, count - sent) }, (_, n) => ({ n: sent + n }));
      await faults.quick.delayMany(inputs, { countdown: HOUR });
    }
    await client[Symbol.asyncDispose]();
  }

  delayed(count: number): Promise<void> {
    return until(async () => (await this.processes.status()).counts.delayed === count).then(() => {});
  }

  /** The counts of dead letters, when all are read and the index can be used. */
  letters() {
    return until(async () => {
      const address = await this.processes.address();
      const list = await askForLetters(address, { limit: 1 }).catch((error: unknown) => {
        if (String(error).includes("letters_unavailable")) return undefined;
        throw error;
      });
      return list?.read === 1 && list.unreadable.length === 0 && list.counts;
    });
  }

  /** The dead letters in the log, without markers. */
  async records(): Promise<readonly ReadRecord[]> {
    const [cluster] = environment.clusters;
    if (cluster === undefined) throw new Error("the environment has no cluster");
    const log = await openLog(cluster, this.processes.data);
    try {
      const found: ReadRecord[] = [];
      for (let from = 0, end = 1; from < end; ) {
        const page = await log.browse(DEAD, 0, from, 1000);
        found.push(...page.records);
        from = page.next;
        end = page.end;
      }
      return found.filter(({ tombstone }) => tombstone !== true);
    } finally {
      await log.close();
    }
  }

  /** A broker without write-ahead logs, whose space it could use again. */
  async again(broker: Running): Promise<Running> {
    expect(await broker.stop(), broker.said()).toBe(0);
    return this.serving();
  }
}

describe.skipIf(!SmallDisk.possible())("a disk that gets full (needs mount)", () => {
  it("in a bulk cancel makes the job wait, which the status says; with space it cancels the rest, and nothing is lost", async () => {
    using disk = new SmallDisk(DISK_BYTES);
    await using harness = disk.with(() => new FullHarness());
    await harness.delay(DELAYED);
    const first = await harness.serving();
    await harness.delayed(DELAYED);
    const broker = await harness.again(first);
    await harness.delayed(DELAYED);
    disk.fill(MIB / 2);
    const { id } = await harness.begin("Cancel", "state:delayed");
    const stuck = await until(async () => {
      const [problem] = (await harness.processes.status()).notReady;
      return problem;
    });
    expect(stuck).toMatchObject({ code: "journal_stuck", message: expect.stringContaining(FULL) });
    const waiting = await harness.job(id);
    expect(waiting).toMatchObject({ state: "running", total: DELAYED, error: "" });
    expect(waiting.done).toBeLessThan(DELAYED);
    // What the job counts as done is on the disk: a broker that is killed now has lost none of the others.
    const again = await killedWhileFull(harness, disk, broker);
    const { delayed } = (await harness.processes.status()).counts;
    expect(delayed).toBeLessThanOrEqual(DELAYED - waiting.done);
    expect(delayed).toBeGreaterThan(0);

    disk.fill(0);
    const second = await harness.begin("Cancel", "state:delayed");
    await until(async () => (await harness.processes.status()).notReady.length > 0);
    expect((await harness.job(second.id)).state).toBe("running");
    disk.free();
    expect(await harness.end(second.id)).toMatchObject({ state: "done", done: delayed, leftOut: {}, error: "" });
    const { counts, ended, notReady } = await harness.processes.status();
    expect([counts.delayed, ended.cancelled, notReady]).toEqual([0, delayed, []]);
    expect(await again.stop(), again.said()).toBe(0);
    await harness.serving();
    await harness.delayed(0);
    expect(harness.history.read().filter(({ what }) => what === "started")).toEqual([]);
  });

  it.each([
    ["at once", 0, 0],
    ["after a while", MIB, 1],
  ])(
    "%s in a purge of dead letters ends in counts that are right and a reason; the same purge again does the rest",
    async (_, left, least) => {
      using disk = new SmallDisk(DISK_BYTES);
      await using harness = disk.with(() => new FullHarness());
      const parameters = Buffer.alloc(PAYLOAD_BYTES, "x");
      await append(
        harness.processes,
        DEAD,
        Array.from({ length: LETTERS }, (_, number) =>
          letterRecord(number, { bytes: activationBytes({ id: `a${number}`, parameters }) }),
        ),
      );
      await harness.delay(10);
      const first = await harness.serving();
      await harness.delayed(10);
      expect(await harness.letters()).toEqual({ open: LETTERS, replayed: 0, purged: 0 });
      const broker = await harness.again(first);
      await harness.letters();
      disk.fill(left);
      const { id } = await harness.begin("PurgeLetters", "reason:error");
      const job = await harness.end(id);
      expect(job.error).toContain(FULL);
      expect(job.done).toBeLessThan(LETTERS);
      expect(job.done).toBeGreaterThanOrEqual(least);
      expect(broker.child.exitCode).toBeNull();

      disk.free();
      expect(await harness.letters()).toEqual({ open: LETTERS - job.done, replayed: 0, purged: job.done });
      // Those that count as purged lose their bytes, and no other one does.
      const empty = await until(async () => {
        const records = await harness.records();
        return records.filter(({ value }) => value.length === 0).length >= job.done && records;
      });
      expect(empty.filter(({ value }) => value.length > 0)).toHaveLength(LETTERS - job.done);
      const rest = await harness.begin("PurgeLetters", "reason:error");
      expect(await harness.end(rest.id)).toMatchObject({
        state: "done",
        done: LETTERS - job.done,
        leftOut: {},
        error: "",
      });
      expect(await harness.letters()).toEqual({ open: 0, replayed: 0, purged: LETTERS });
      await until(async () => (await harness.records()).every(({ value }) => value.length === 0));
      expect(await harness.records()).toHaveLength(LETTERS);
      await harness.delayed(10);
    },
  );
});

/** kill -9 while the disk is full, which has space again before the next start. */
async function killedWhileFull(harness: FaultHarness, disk: SmallDisk, broker: Running): Promise<Running> {
  await broker.kill();
  disk.free();
  return harness.serving();
}
