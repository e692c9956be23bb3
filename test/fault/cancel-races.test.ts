import { join } from "node:path";
import { connect } from "taskwire";
import { expect, it } from "vitest";
import { grouped } from "#runtime/base/grouped.js";
import type { ChangedActivations, ChangeOutcome } from "#runtime/operations/documents/changes.js";
import type { EndDocument, EndsDocument } from "#runtime/operations/documents/ends.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { ask } from "../support/ask.js";
import type { Run } from "../support/contract/history.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { limited, until } from "../support/waiting.js";
import { environment, faults } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/fault/fixtures/handlers.js");
const WAVES = 100;
/** Activations of one wave, which one call cancels: a broker takes 20 changing calls a second. */
const WAVE = 100;
/** A wave is cancelled when 0 to 60 of its handlers have returned: by the time the cancel arrives, more have. */
const LATEST = 61;
const STRIDE = 37;
const KINDS = ["quick", "once", "brief", "briefOnce"] as const;
/** How far the clocks of two processes and whole milliseconds may differ. */
const SLACK_MS = 5;

class RacingHarness extends FaultHarness {
  readonly answers = new Map<string, ChangeOutcome>();
  /** The accounts that say cancelled; an id that has two is in here twice. */
  readonly cancelled: EndDocument[] = [];
  readonly runs: Run[] = [];
  readonly #follow = this.history.follow();

  constructor() {
    super(environment, HANDLERS);
  }

  async ask<T>(verb: VerbName, request: object): Promise<T> {
    return Object(await ask(await this.processes.address(), verb, request));
  }

  /** Sends a wave, and cancels all of it when this many of its handlers have returned. */
  async race(returned: number): Promise<void> {
    const inputs = Array.from({ length: WAVE / KINDS.length }, (_, n) => ({ n }));
    const ids = (await Promise.all(KINDS.map((kind) => faults[kind].delayMany(inputs)))).flat();
    const before = this.runs.length;
    await until(() => {
      this.look();
      return this.runs.slice(before).filter(({ what }) => what === "ended").length >= returned;
    }, 1);
    const { outcomes } = await this.#accepted(() => this.ask<ChangedActivations>("Cancel", { ids }));
    for (const { id, outcome } of outcomes) this.answers.set(id, outcome);
    await until(async () => {
      const { completed, cancelled } = (await this.processes.status()).ended;
      return completed + cancelled >= this.answers.size;
    }, 5);
    this.look();
    await this.#readEnds();
  }

  /** Takes what handlers have noted since. */
  look(): void {
    for (const entry of this.#follow()) if (entry.what === "started" || entry.what === "ended") this.runs.push(entry);
  }

  /** Calls again while the broker is asked too often. */
  async #accepted<T>(call: () => Promise<T>): Promise<T> {
    return until(() =>
      call().catch((error: unknown) => {
        if (String(error).includes("too_many_changes")) return undefined;
        throw error;
      }),
    );
  }

  /** Those of the last wave: all ends of older ones are known. */
  async #readEnds(): Promise<void> {
    const { ends } = await this.ask<EndsDocument>("ListEnds", { q: "end:cancelled", limit: 2 * WAVE });
    const last = this.cancelled.at(-1);
    const known = ends.findIndex(({ id, claim }) => id === last?.id && claim === last.claim);
    this.cancelled.push(...(known < 0 ? ends : ends.slice(0, known)).toReversed());
  }
}

it("10,000 cancels that race completion leave one account each: none starts after cancelled, and nothing remains", async () => {
  await using harness = new RacingHarness();
  const broker = await harness.serving();
  const worker = await harness.worker("--concurrency", "8", "--children", "1");
  const client = await connect(environment, { dataFolder: harness.processes.data });
  for (let wave = 0; wave < WAVES; wave++)
    await limited(60_000, `wave ${wave}`, harness.race((wave * STRIDE) % LATEST), broker.said);

  const { ended, counts, topics } = await harness.processes.status();
  expect(Object.values(counts).every((count) => count === 0)).toBe(true);
  expect(topics.every(({ lag }) => lag === 0)).toBe(true);
  const { cancelled, answers } = harness;
  const account = new Map(cancelled.map((end) => [end.id, end]));
  expect(answers.size).toBe(WAVES * WAVE);
  expect(account.size).toBe(cancelled.length);
  const none = Object.fromEntries(Object.keys(ended).map((end) => [end, 0]));
  expect(ended).toEqual({ ...none, cancelled: account.size, completed: answers.size - account.size });

  const starts = grouped(
    harness.runs.filter(({ what }) => what === "started"),
    ({ id }) => id,
  );
  const returns = grouped(
    harness.runs.filter(({ what }) => what === "ended"),
    ({ id }) => id,
  );
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const [id, answer] of answers) {
    const end = account.get(id);
    const [start, ...more] = starts.get(id) ?? [];
    const ran = returns.get(id)?.length ?? 0;
    seen.add(`${answer}: ${end === undefined ? "completed" : start === undefined ? "never started" : "ended by it"}`);
    const say = (problem: string) => problems.push(`${problem}: ${JSON.stringify({ id, answer, end, start, more })}`);
    if (more.length > 0) say("it started twice");
    if (end === undefined && ran !== 1) say(`it counts as completed, and its handler returned ${ran} times`);
    if (end !== undefined && start !== undefined && start.at > Date.parse(end.at) + SLACK_MS)
      say("it started after it was cancelled");
    if (answer === "done" && (end === undefined || start !== undefined)) say("it was cancelled while it waited");
    if (answer === "unknown" && end !== undefined) say("it was not in flight");
  }
  expect(problems).toEqual([]);
  // The races were real: cancels came before, in the middle of, and after each of these.
  expect([...seen].sort()).toEqual([
    "asked: completed",
    "asked: ended by it",
    "asked: never started",
    "done: never started",
    "unknown: completed",
  ]);

  // Every slot of the worker is free, and the next broker finds nothing to do.
  await faults.brief.delayMany(Array.from({ length: WAVE }, (_, n) => ({ n })));
  await client[Symbol.asyncDispose]();
  await until(async () => (await harness.processes.status()).ended.completed === ended.completed + WAVE);
  expect([await worker.stop(), await broker.stop()]).toEqual([0, 0]);
  await harness.serving();
  await harness.worker("--concurrency", "8", "--children", "1");
  const again = await until(async () => {
    const status = await harness.processes.status();
    return status.topics.length > 0 && status.sessions.length === 1 && status;
  });
  expect([again.counts, again.topics]).toMatchObject([counts, topics.map(() => ({ lag: 0 }))]);
  const noted = harness.runs.length + 2 * WAVE;
  harness.look();
  expect(harness.runs).toHaveLength(noted);
});
