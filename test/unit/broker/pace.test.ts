import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "#runtime/base/clock.js";
import { Pace } from "#runtime/broker/jobs/pace.js";

/** Time that passes when the test says so. */
class StillClock implements Clock {
  #now = 1000;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(delay: number, run: () => void): () => void {
    const timer = { at: this.#now + delay, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer);
      timer.run();
    }
  }

  get waits(): boolean {
    return this.#timers.size > 0;
  }
}

const SLICE_MS = 10;
/** More than any pause. */
const LONG_MS = 1000;
const { signal } = new AbortController();

let clock: StillClock;
let work: { taken: number; handedOut: number };
let pace: Pace;

beforeEach(() => {
  clock = new StillClock();
  work = { taken: 0, handedOut: 0 };
  pace = new Pace(clock, () => work);
});

/** One slice, in which the broker takes in and hands out so many activations; resolves when its pause has begun, or it has none. */
async function slice(others: number, of: AbortSignal = signal, took = SLICE_MS) {
  let over = false;
  const done = pace
    .slice(of, async () => {
      work.taken += others / 2;
      work.handedOut += others / 2;
      clock.pass(took);
      return "result";
    })
    .then((result) => {
      over = true;
      return result;
    });
  await settled();
  return { done, isOver: () => over };
}

/** When promises that need no timer are settled. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe("the pace of bulk work", () => {
  it("has a pause after a slice while the broker hands out much other work, and then continues", async () => {
    const first = await slice(5000);
    expect(first.isOver()).toBe(false);
    clock.pass(LONG_MS);
    await expect(first.done).resolves.toBe("result");
  });

  it("has no pause while the broker is idle or has little to do, however many slices there are", async () => {
    for (const others of [0, 2, 0, 8, 0]) {
      const { done } = await slice(others);
      expect(clock.waits).toBe(false);
      await done;
    }
  });

  it("changes with the work: pauses begin when work begins and end when it ends", async () => {
    await (await slice(0)).done;
    const busy = await slice(5000);
    expect(busy.isOver()).toBe(false);
    clock.pass(LONG_MS);
    await busy.done;
    const idle = await slice(0);
    expect(idle.isOver()).toBe(true);
  });

  it("gives jobs that run at the same time one share: the second one's pause begins where the first one's ends", async () => {
    const [one, other] = [await slice(5000), await slice(5000)];
    clock.pass(SLICE_MS);
    await settled();
    expect([one.isOver(), other.isOver()]).toEqual([true, false]);
    clock.pass(LONG_MS);
    await other.done;
  });

  it("does not count what a slice waited for: after a slow one among quick ones the pause is that of the quick", async () => {
    for (let quick = 0; quick < 3; quick += 1) {
      const { done } = await slice(5000);
      clock.pass(LONG_MS);
      await done;
    }
    const slow = await slice(50_000, signal, 100 * SLICE_MS);
    expect(slow.isOver()).toBe(true);
  });

  it("ends a pause when its job is cancelled", async () => {
    const controller = new AbortController();
    const cancelled = await slice(5000, controller.signal);
    expect(cancelled.isOver()).toBe(false);
    controller.abort();
    await cancelled.done;
    expect(clock.waits).toBe(false);
  });

  it("passes on what a slice throws", async () => {
    await expect(pace.slice(signal, () => Promise.reject(new Error("the broker stops")))).rejects.toThrow("stops");
  });
});
