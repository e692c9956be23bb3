import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClockNote, SteadyClock } from "#runtime/base/clock.js";

const START = 1_750_000_000_000;

/** Time that the test moves: `passes` moves both sources, `steps` sets the wall alone. */
class Time {
  elapsed = 0;
  offset = START;
  readonly notes: ClockNote[] = [];
  readonly clock = new SteadyClock({ wall: () => this.elapsed + this.offset, monotonic: () => this.elapsed }, (note) =>
    this.notes.push(note),
  );

  passes(milliseconds: number, every = 250): void {
    for (const end = this.elapsed + milliseconds; this.elapsed < end; ) {
      this.elapsed = Math.min(end, this.elapsed + every);
      this.clock.now();
    }
  }

  steps(milliseconds: number): void {
    this.offset += milliseconds;
  }
}

const HOUR = 3_600_000;

describe("the clock", () => {
  it("is the wall's time at its start and goes on with it", () => {
    const time = new Time();
    expect(time.clock.now()).toBe(START);
    time.passes(90_000);
    expect(time.clock.now()).toBe(START + 90_000);
    expect(time.notes).toEqual([]);
  });

  it.each([HOUR, -HOUR])("does not move when the wall steps by %d ms: no deadline is met early or put off", (step) => {
    const time = new Time();
    time.passes(1000);
    time.steps(step);
    expect(time.clock.now()).toBe(START + 1000);
    expect(time.clock.skew()).toBe(step);
    time.passes(59_000);
    expect(time.clock.now()).toBe(START + 60_000);
    expect(time.notes).toEqual([]);
  });

  it.each([HOUR, -HOUR])("follows a step of %d ms after a minute, by a tenth at most, and says so", (step) => {
    const time = new Time();
    time.steps(step);
    time.passes(70_000);
    expect(time.notes).toEqual([{ kind: "slewing", skew: step }]);
    const before = time.clock.now();
    time.passes(HOUR);
    expect(time.clock.now() - before).toBeCloseTo(HOUR * (1 + 0.1 * Math.sign(step)), 3);
    time.passes(10 * HOUR, 1000);
    expect(Math.abs(time.clock.skew())).toBeLessThanOrEqual(1);
    expect(time.notes.at(-1)).toEqual({ kind: "in-step" });
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
    expect(time.clock.now()).toBe(START + 600_000);
    expect(time.notes).toEqual([]);
  });

  it("lets a difference of one second be", () => {
    const time = new Time();
    time.steps(1000);
    time.passes(10 * 60_000);
    expect(time.clock.now()).toBe(START + 10 * 60_000);
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

  it("never runs backwards or jumps, whatever the wall does", () => {
    const move = fc.record({
      passes: fc.integer({ min: 0, max: 100_000 }),
      steps: fc.integer({ min: -HOUR, max: HOUR }),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const time = new Time();
        for (const { passes, steps } of moves) {
          const before = time.clock.now();
          time.steps(steps);
          expect(time.clock.now()).toBe(before);
          time.elapsed += passes;
          const passed = time.clock.now() - before;
          expect(passed).toBeGreaterThanOrEqual(passes * 0.9 - 0.01);
          expect(passed).toBeLessThanOrEqual(passes * 1.1 + 0.01);
        }
      }),
    );
  });
});
