import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../support/waiting.js";
import { quantile } from "../report/statistics.js";
import type { Contender, Crew, Latency, Mode, Stage, Throughput } from "./contenders/contender.js";
import { watchMemory } from "./memory.js";
import { now } from "./programs/clock.js";
import { countsIn, exactlyOnce, runsIn } from "./tallies.js";

/** Sends before the first measurement. */
const WARM = 1000;
const AT_ONCE_MS = 2000;
const SAMPLES = 200;
const PAUSE_MS = 10;
const LOOK_MS = 5;

/** What one contender did in one round. */
export interface Sample {
  /** Activations a second. */
  readonly rates: Readonly<Partial<Record<Throughput, number>>>;
  /** Milliseconds. */
  readonly latencies: Readonly<Partial<Record<Latency, { readonly p50: number; readonly p99: number }>>>;
  /** The most MiB of each process with those below it while it drained, by mode. */
  readonly memory: Readonly<Partial<Record<Mode, Readonly<Record<string, number>>>>>;
  /** Activations that were sent; each ran exactly once. */
  readonly checked: number;
}

/** Measures everything with a fresh server. Throws unless each activation ran exactly once. */
export async function round(contender: Contender, count: number): Promise<Sample> {
  await using stage = await contender.open();
  const run = new Round(stage);
  try {
    await run.enqueue(count);
    for (const { mode, drains, latency } of contender.phases) {
      await run.fill(drains === undefined ? 0 : (drains.count ?? count));
      await run.phase(mode, drains?.as ?? [], latency ?? []);
    }
    return run.checked(contender.name);
  } finally {
    run.forget();
  }
}

class Round {
  readonly #stage: Stage;
  readonly #rates: Partial<Record<Throughput, number>> = {};
  readonly #latencies: Partial<Record<Latency, { p50: number; p99: number }>> = {};
  readonly #memory: Partial<Record<Mode, Readonly<Record<string, number>>>> = {};
  readonly #folders: string[] = [];
  readonly #counts: Uint8Array[] = [];
  #sent = 0;
  /** Sent and not drained yet. */
  #waiting = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Nothing runs meanwhile. */
  async enqueue(count: number): Promise<void> {
    await this.#send({ ask: "bulk", count: WARM });
    const atOnce = await this.#send({ ask: "atOnce", milliseconds: AT_ONCE_MS });
    const bulk = await this.#send({ ask: "bulk", count });
    this.#rates.atOnce = (atOnce.sent / atOnce.milliseconds) * 1000;
    this.#rates.bulk = (bulk.sent / bulk.milliseconds) * 1000;
  }

  /** Sends until this many wait. */
  async fill(count: number): Promise<void> {
    if (this.#waiting < count) await this.#send({ ask: "bulk", count: count - this.#waiting });
  }

  /** Drains what waits, when anything does, then measures the idle latency of the same workers. */
  async phase(mode: Mode, drains: readonly Throughput[], latencies: readonly Latency[]): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-tally-"));
    this.#folders.push(folder);
    await using crew = await this.#stage.work(mode, folder);
    const ready = now();
    const drained = this.#waiting;
    const rate = drained === 0 ? undefined : await this.#drain(mode, crew, folder, ready);
    if (rate !== undefined) for (const as of drains) this.#rates[as] = rate;
    this.#waiting = 0;
    const paced = latencies.length === 0 ? 0 : (await this.#pace(crew, folder, drained)).sent;
    const found = await until(() => countsIn(folder));
    this.#counts.push(...found.counts);
    if (found.latencies.length !== paced)
      throw new Error(`${paced} latencies expected, ${found.latencies.length} found`);
    for (const latency of latencies) {
      this.#latencies[latency] = { p50: quantile(found.latencies, 0.5), p99: quantile(found.latencies, 0.99) };
    }
  }

  checked(who: string): Sample {
    exactlyOnce(who, this.#sent, this.#counts);
    return { rates: this.#rates, latencies: this.#latencies, memory: this.#memory, checked: this.#sent };
  }

  forget(): void {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }

  /** Activations a second, from when the workers are ready or the first one runs until the server has nothing left. */
  async #drain(mode: Mode, crew: Crew, folder: string, ready: number): Promise<number> {
    const stop = watchMemory(crew.processes);
    const ran = await until(() => {
      const seen = runsIn(folder);
      return seen.ran >= this.#waiting ? seen : undefined;
    }, LOOK_MS);
    await until(() => crew.settled(this.#waiting), LOOK_MS);
    const seconds = (now() - Math.min(ready, ran.first)) / 1000;
    this.#memory[mode] = stop();
    return this.#waiting / seconds;
  }

  /** Sends one after the other, with a pause, and waits until they are settled. */
  async #pace(crew: Crew, folder: string, before: number) {
    const paced = await this.#send({ ask: "paced", count: SAMPLES, pauseMs: PAUSE_MS });
    const all = before + paced.sent;
    await until(() => runsIn(folder).ran >= all, LOOK_MS);
    await until(() => crew.settled(all));
    this.#waiting = 0;
    return paced;
  }

  async #send(question: Parameters<Stage["producer"]["ask"]>[0]) {
    const answer = await this.#stage.producer.ask(question);
    this.#sent += answer.sent;
    this.#waiting += answer.sent;
    return answer;
  }
}
