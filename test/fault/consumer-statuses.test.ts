import { expect, it } from "vitest";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { ROOT_HEADER } from "#runtime/activation/retry.js";
import { type SetTaskStatusRequest, TaskActivationStatus } from "#runtime/wire/proto/taskbroker.js";
import { BrokerHarness } from "../support/harness/broker-harness.js";
import { randomOf } from "../support/random.js";
import { deadLetterOf } from "../support/topic.js";
import { until } from "../support/waiting.js";

/** Activations, and how many statuses are sent about each: one that counts, and the others around it. */
const FULL = process.env.TASKWIRE_FAULT_FULL === "1";
const ACTIVATIONS = FULL ? 10_000 : 1000;
const OTHERS = 9;
const GROUP = 50;
const WORKERS = 3;

const STATUSES = [
  TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE,
  TaskActivationStatus.TASK_ACTIVATION_STATUS_RETRY,
  TaskActivationStatus.TASK_ACTIVATION_STATUS_FAILURE,
] as const;

it(
  `${ACTIVATIONS * (OTHERS + 1)} early, repeated, reordered and late statuses of 3 workers: the first while an activation is processing decides, and nothing changes it`,
  async () => {
    const below = randomOf(22);
    const pick = <T>(from: readonly T[]): T => {
      const [chosen] = from.slice(below(from.length));
      if (chosen === undefined) throw new Error("nothing to pick from");
      return chosen;
    };
    const shuffled = <T>(values: readonly T[]): T[] =>
      values
        .map((value) => ({ value, place: below(2 ** 30) }))
        .sort((one, other) => one.place - other.place)
        .map(({ value }) => value);
    await using harness = await BrokerHarness.start();
    const workers = Array.from({ length: WORKERS }, () => harness.client());
    const worker = () => pick(workers);
    const ids = Array.from({ length: ACTIVATIONS }, (_, index) => `id${index}`);
    await harness.send(
      ...ids.map((id) => ({ id, retry: { ...NO_RETRY_STATE, maxAttempts: 3, onExceeded: "deadletter" } as const })),
    );
    await until(async () => (await harness.status()).counts.pending === ACTIVATIONS);

    const status = (id: string): SetTaskStatusRequest => ({ id, status: pick(STATUSES) });
    /** Says them all, some alone, some in batches, by any of the workers, many at a time. */
    const say = async (updates: readonly SetTaskStatusRequest[]) => {
      const calls: Promise<unknown>[] = [];
      for (let from = 0; from < updates.length; ) {
        const size = below(20);
        if (size === 0) calls.push(worker().setTaskStatus(updates[from] ?? status("unknown")));
        else calls.push(worker().setBatchActivationStatus(updates.slice(from, from + size)));
        from += Math.max(1, size);
      }
      await Promise.all(calls);
    };
    const others = (about: readonly string[]) =>
      shuffled(about.flatMap((id) => Array.from({ length: OTHERS / 3 }, () => status(id))));

    const decided = new Map<string, TaskActivationStatus>();
    const claimed: string[] = [];
    // The deciding statuses of one group are sent while the repeated and late ones of the group before are under way.
    let late: Promise<void> = Promise.resolve();
    for (let from = 0; from < ids.length; from += GROUP) {
      const group = ids.slice(from, from + GROUP);
      // Too early: nobody has them.
      await say(others(group));
      for (const _ of group) claimed.push((await worker().getTask()).id);
      const deciding = group.map(status);
      for (const update of deciding) decided.set(update.id, update.status);
      // Each three times over: the same status from several workers is one.
      await Promise.all([say(shuffled([...deciding, ...deciding, ...deciding])), late]);
      late = say([...others(group), ...others(ids.slice(0, from + GROUP).slice(-2 * GROUP)), status("unknown")]);
    }
    await late;
    expect(claimed).toEqual(ids);

    const of = (wanted: TaskActivationStatus) => ids.filter((id) => decided.get(id) === wanted);
    const [completed, retried, failed] = STATUSES.map(of);
    const ends = { completed: completed?.length, retried: retried?.length, deadlettered: failed?.length };
    await until(async () => {
      const { counts } = await harness.status();
      return counts.retry === 0 && counts.failure === 0;
    });
    expect((await harness.status()).ended).toMatchObject({ ...ends, discarded: 0, expired: 0 });
    expect((await harness.status()).counts).toMatchObject({ processing: 0 });

    // Late once more, then over a restart: what ended stays ended, in the same way.
    await say(others(ids));
    expect((await harness.status()).ended).toMatchObject(ends);
    await harness.stop();
    await harness.start();
    const again = harness.client();
    await again.setBatchActivationStatus(others(ids));
    await until(async () => (await harness.status()).counts.pending === retried?.length);
    const roots: (string | undefined)[] = [];
    for (const _ of retried ?? []) roots.push((await again.getTask()).headers.get(ROOT_HEADER));
    expect(roots.sort()).toEqual([...(retried ?? [])].sort());
    await expect(again.getTask()).rejects.toThrow("No pending activations");
    const deadLetters = await harness.deadLetters(failed?.length ?? 0);
    expect(deadLetters.map((letter) => deadLetterOf(letter).id).sort()).toEqual([...(failed ?? [])].sort());
  },
  FULL ? 600_000 : 60_000,
);
