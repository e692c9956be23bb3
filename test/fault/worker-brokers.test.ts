import { join } from "node:path";
import { connect } from "taskwire";
import { describe, expect, it } from "vitest";
import { FOLDER_VARIABLE, History, type Run } from "../support/contract/history.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { until } from "../support/waiting.js";
import { environment, faults, type Kind } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/fault/fixtures/handlers.js");
const CONCURRENCY = 8;

/** Three brokers with logs of their own, and one worker of all; its handlers write into one history. */
class Brokers implements AsyncDisposable {
  readonly harnesses: readonly ProcessHarness[];
  readonly history: History;
  readonly #brokers: Running[] = [];
  #sent = 0;

  private constructor() {
    const extra: NodeJS.ProcessEnv = {};
    this.harnesses = [0, 1, 2].map(() => new ProcessHarness(environment, HANDLERS, extra));
    const folder = this.harness(0).data;
    extra[FOLDER_VARIABLE] = folder;
    this.history = new History(folder);
  }

  static async start(): Promise<Brokers> {
    const brokers = new Brokers();
    for (const harness of brokers.harnesses) brokers.#brokers.push(await harness.broker());
    const addresses = await Promise.all(brokers.harnesses.map((harness) => harness.address()));
    const worker = await brokers
      .harness(0)
      .worker("--broker", addresses.join(","), "--concurrency", String(CONCURRENCY));
    await until(() => worker.said().split('"session open"').length > 3);
    return brokers;
  }

  harness(index: number): ProcessHarness {
    const harness = this.harnesses[index];
    if (harness === undefined) throw new Error(`there is no broker ${index}`);
    return harness;
  }

  async kill(index: number): Promise<void> {
    await this.#brokers[index]?.kill();
  }

  async restart(index: number): Promise<void> {
    this.#brokers[index] = await this.harness(index).broker();
  }

  /** Their ids. */
  async send(index: number, kind: Kind, count: number): Promise<string[]> {
    await using client = await connect(environment, { dataFolder: this.harness(index).data });
    void client;
    const ids = Array.from({ length: count }, () => {
      this.#sent += 1;
      return `${kind}-${this.#sent}`;
    });
    await Promise.all(ids.map((id, n) => faults[kind].delay({ n }, { id })));
    return ids;
  }

  async ended(ids: readonly string[]): Promise<void> {
    await until(() => {
      const ended = new Set(this.history.ended().map(({ id }) => id));
      return ids.every((id) => ended.has(id));
    });
  }

  runs(ids: readonly string[]): Run[] {
    return this.history.read().filter((entry): entry is Run => "root" in entry && ids.includes(entry.id));
  }

  /** The most runs of these at one time. */
  widest(ids: readonly string[]): number {
    let running = 0;
    let widest = 0;
    for (const { what } of this.runs(ids)) {
      running += what === "started" ? 1 : -1;
      widest = Math.max(widest, running);
    }
    return widest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const harness of this.harnesses) await harness[Symbol.asyncDispose]();
  }
}

describe("a worker of three brokers", () => {
  it("uses its full concurrency for the one that has work, whichever that is at the time", async () => {
    await using brokers = await Brokers.start();
    for (const loaded of [0, 1, 2]) {
      const ids = await brokers.send(loaded, "slow", 3 * CONCURRENCY);
      await brokers.ended(ids);
      expect(brokers.widest(ids)).toBe(CONCURRENCY);
      expect(brokers.runs(ids)).toHaveLength(2 * ids.length);
    }
  });

  it("starts new work of another while one keeps every slot busy, and does all of both once", async () => {
    await using brokers = await Brokers.start();
    const many = await brokers.send(0, "slow", 6 * CONCURRENCY);
    await until(() => brokers.widest(many) === CONCURRENCY);
    const few = await brokers.send(1, "quick", 20);
    await brokers.ended(few);
    expect(brokers.history.ended().filter(({ id }) => many.includes(id)).length).toBeLessThan(many.length);
    await brokers.ended(many);
    expect(brokers.runs([...many, ...few])).toHaveLength(2 * (many.length + few.length));
  });

  it("continues with the others when one is killed, and with that one when it is back", async () => {
    await using brokers = await Brokers.start();
    const before = await brokers.send(0, "slow", 2 * CONCURRENCY);
    await until(() => brokers.widest(before) === CONCURRENCY);
    await brokers.kill(0);
    const others = await brokers.send(1, "quick", 50);
    await brokers.ended(others);
    const later = await brokers.send(0, "quick", 50);
    await brokers.restart(0);
    const back = Date.now();
    await brokers.ended([...before, ...later]);
    const starts = brokers.runs([...before, ...later]).filter(({ what, at }) => what === "started" && at >= back);
    const first = Math.min(...starts.map(({ at }) => at));
    console.info(`work of the restarted broker started ${first - back} ms after it was ready`);
    const { ended } = await until(async () => {
      const status = await brokers.harness(0).status();
      return status.counts.processing === 0 && status.counts.pending === 0 && status;
    });
    expect(ended).toMatchObject({ discarded: 0, deadlettered: 0 });
    // What ran when the broker was killed was reported to its next process, and not run again.
    expect(brokers.runs(before)).toHaveLength(2 * before.length);
  });
});
