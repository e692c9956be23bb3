import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClockEvent, SteadyClock } from "#runtime/base/clock.js";

const START = 1_750_000_000_000;

/** Time that the test moves: `passes` moves all sources, `steps` sets the wall alone, `sleeps` stops what is monotonic. */
class Time {
  elapsed = 0;
  slept = 0;
  offset = START;
  readonly notes: ClockEvent[] = [];
  readonly clock = new SteadyClock(
    {
      wall: () => this.elapsed + this.slept + this.offset,
      monotonic: () => this.elapsed,
      uptime: () => 77_000 + this.elapsed + this.slept,
    },
    (note) => this.notes.push(note),
  );

  passes(milliseconds: number, every = 250): void {
    for (const end = this.elapsed + milliseconds; this.elapsed < end; ) {
      this.elapsed = Math.min(end, this.elapsed + every);
      this.clock.wall();
    }
  }

  steps(milliseconds: number): void {
    this.offset += milliseconds;
  }

  sleeps(milliseconds: number): void {
    this.slept += milliseconds;
  }
}

const HOUR = 3_600_000;

describe("the clock", () => {
  it("has the wall's time at its start in both its times, and continues with it", () => {
    const time = new Time();
    expect([time.clock.now(), time.clock.wall()]).toEqual([START, START]);
    time.passes(90_000);
    expect([time.clock.now(), time.clock.wall()]).toEqual([START + 90_000, START + 90_000]);
    expect(time.notes).toEqual([]);
    expect(time.clock.corrected).toBeUndefined();
  });

  it.each([HOUR, -HOUR])("does not follow a wall that was set by %d ms for less than a minute", (step) => {
    const time = new Time();
    time.passes(1000);
    time.steps(step);
    expect(time.clock.wall()).toBe(START + 1000);
    expect(time.clock.skew()).toBe(step);
    time.passes(59_000);
    expect(time.clock.wall()).toBe(START + 60_000);
    time.steps(-step);
    time.passes(HOUR);
    expect(time.clock.wall()).toBe(START + 60_000 + HOUR);
    expect(time.notes).toEqual([]);
  });

  it("is set forward to a wall that has been ahead for a minute, at once and for good, and says so", () => {
    const time = new Time();
    time.steps(HOUR);
    time.passes(62_000);
    expect(time.clock.wall()).toBe(START + HOUR + 62_000);
    expect(time.clock.now()).toBe(START + 62_000);
    const correction = { at: START + HOUR + 61_000, by: HOUR, slept: false };
    expect(time.notes).toEqual([{ kind: "corrected", ...correction }]);
    expect(time.clock.corrected).toEqual(correction);
    expect(time.clock.skew()).toBe(0);
  });

  it("is set forward within a second after the machine slept, and says how long that was", () => {
    const time = new Time();
    time.passes(10_000);
    time.sleeps(10 * HOUR);
    time.passes(1000);
    expect(time.clock.wall()).toBe(START + 10 * HOUR + 11_000);
    expect(time.clock.now()).toBe(START + 11_000);
    expect(time.notes).toEqual([{ kind: "corrected", at: time.clock.wall(), by: 10 * HOUR, slept: true }]);
  });

  it("follows a sleep alone at once: what the wall was set ahead beside it has to last a minute", () => {
    const time = new Time();
    time.sleeps(HOUR);
    time.steps(5 * HOUR);
    time.passes(1000);
    expect(time.clock.wall()).toBe(START + HOUR + 1000);
    time.passes(61_000);
    expect(time.clock.wall()).toBe(START + 6 * HOUR + 62_000);
    expect(time.notes).toMatchObject([
      { kind: "corrected", by: HOUR, slept: true },
      { kind: "corrected", by: 5 * HOUR, slept: false },
    ]);
  });

  it("does not move when the machine slept and its wall was lost meanwhile", () => {
    const time = new Time();
    time.sleeps(HOUR);
    time.steps(-HOUR);
    time.passes(1000);
    expect(time.clock.wall()).toBe(START + 1000);
    expect(time.notes).toEqual([]);
  });

  it("waits for a wall that has been behind for a minute: it goes a tenth slower until they agree, and says so", () => {
    const time = new Time();
    time.steps(-HOUR);
    time.passes(61_000);
    expect(time.notes).toEqual([{ kind: "slewing", skew: -HOUR }]);
    const before = time.clock.wall();
    time.passes(HOUR);
    expect(time.clock.wall() - before).toBeCloseTo(HOUR * 0.9, 3);
    expect(time.clock.now()).toBe(START + HOUR + 61_000);
    time.passes(10 * HOUR, 1000);
    expect(Math.abs(time.clock.skew())).toBeLessThanOrEqual(1);
    expect(time.notes.at(-1)).toEqual({ kind: "in-step" });
  });

  it("stops going slower when the wall is set back to where it was", () => {
    const time = new Time();
    time.steps(-HOUR);
    time.passes(2 * HOUR, 1000);
    time.steps(HOUR);
    time.passes(62_000, 1000);
    expect(time.clock.skew()).toBe(0);
    expect(time.notes.map(({ kind }) => kind)).toEqual(["slewing", "in-step", "corrected"]);
  });

  it("lets jitter of the wall be, however large, while it goes to both sides", () => {
    const time = new Time();
    for (let round = 0; round < 100; round += 1) {
      time.steps(round % 2 === 0 ? 5000 : -5000);
      time.passes(3000);
      time.steps(round % 2 === 0 ? -5000 : 5000);
      time.steps(round % 2 === 0 ? -5000 : 5000);
      time.passes(3000);
      time.steps(round % 2 === 0 ? 5000 : -5000);
    }
    expect(time.clock.wall()).toBe(START + 600_000);
    expect(time.notes).toEqual([]);
  });

  it("lets a difference of one second be", () => {
    const time = new Time();
    time.steps(1000);
    time.passes(10 * 60_000);
    expect(time.clock.wall()).toBe(START + 10 * 60_000);
    expect(time.notes).toEqual([]);
  });

  it("follows although nobody asked for the time in between", () => {
    const time = new Time();
    time.steps(HOUR);
    time.passes(2000, 2000);
    time.passes(61_000, 61_000);
    expect(time.notes).toHaveLength(1);
    time.passes(100 * HOUR, 100 * HOUR);
    expect(time.clock.skew()).toBeCloseTo(0, 3);
  });

  it("never runs backwards, and what lasts passes as if nothing had happened, whatever the wall and the machine do", () => {
    const move = fc.record({
      passes: fc.integer({ min: 0, max: 100_000 }),
      steps: fc.integer({ min: -HOUR, max: HOUR }),
      sleeps: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: HOUR })),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const time = new Time();
        for (const { passes, steps, sleeps } of moves) {
          const [now, wall] = [time.clock.now(), time.clock.wall()];
          time.steps(steps);
          time.sleeps(sleeps);
          time.elapsed += passes;
          expect(time.clock.now() - now).toBe(passes);
          expect(time.clock.wall() - wall).toBeGreaterThanOrEqual(passes * 0.9 - 0.01);
        }
        time.passes(100 * HOUR, 1000);
        expect(Math.abs(time.clock.skew())).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
