import { setImmediate } from "node:timers/promises";
import type { Clock } from "#runtime/base/clock.js";
import { silentLogger } from "#runtime/base/logger.js";
import type { ScheduleModel } from "#runtime/model/model.js";
import type { Entry } from "#runtime/scheduler/entry.js";
import { slotId } from "#runtime/scheduler/record.js";
import { Scheduler } from "#runtime/scheduler/scheduler.js";
import { slotsOf } from "#runtime/scheduler/slots.js";
import { textOf } from "#runtime/scheduler/state-codec.js";
import type { EntryState, Watermarks } from "#runtime/scheduler/watermarks.js";

const KEY_MS = 24 * 3_600_000;
const TASK = "test.task";

/** An entry without parameters. */
export function entryFor(schedule: Pick<ScheduleModel, "plan" | "missed">): Entry {
  return {
    facts: { key: TASK, name: TASK, namespace: "test", application: "test", hash: "", processingDeadline: 30_000 },
    schedule: { ...schedule, words: "", jitter: 0, enabled: true },
    slots: slotsOf(schedule.plan),
    plan: JSON.stringify(schedule.plan),
    parameters: new Uint8Array(0),
    topic: "test",
    cluster: { name: "test", kind: "memory" },
  };
}

/** How a cluster shares marks: rows that are compared and set, or records of a topic that one process owns. */
export type Sharing = "rows" | "topic";

interface Instance {
  readonly scheduler: Scheduler;
  alive: boolean;
  owns: boolean;
  /** Steps until it is killed; infinite when it is not. */
  fuse: number;
  /** What it knows of the topic. */
  known: EntryState;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Schedulers over simulated time, what they share, and the log they append to. */
export class SchedulerSimulation {
  /** Slots in the order in which the log accepted them. */
  readonly accepted: { readonly slot: number; readonly at: number }[] = [];
  /** Appends that the log had before. */
  repeats = 0;
  kills = 0;
  /** When anybody lived, by the wall; the last one may be open. */
  readonly spans: { readonly from: number; to: number }[] = [];
  readonly #entry: Entry;
  readonly #sharing: Sharing;
  readonly #instances: Instance[] = [];
  readonly #keys = new Map<string, number>();
  #state: EntryState = {};
  #time: number;
  #step = 0;
  #timers: Timer[] = [];

  constructor(entry: Entry, sharing: Sharing, start: number) {
    this.#entry = entry;
    this.#sharing = sharing;
    this.#time = start;
  }

  get wall(): number {
    return this.#time + this.#step;
  }

  get alive(): number {
    return this.#instances.filter(({ alive }) => alive).length;
  }

  async start(): Promise<void> {
    const instance: Instance = {
      scheduler: new Scheduler({
        entries: [this.#entry],
        watermarks: this.#watermarksOf(() => instance),
        append: async (_, { key = "", value }) => {
          if (value.length === 0) throw new Error("an empty record");
          await this.#line(instance, () => this.#append(key));
          return [];
        },
        clock: this.#clockOf(() => instance),
        wall: () => this.wall,
        logger: silentLogger,
        instance: "1@here",
      }),
      alive: true,
      owns: this.#sharing === "rows",
      fuse: Number.POSITIVE_INFINITY,
      known: {},
    };
    if (this.alive === 0) this.spans.push({ from: this.wall, to: Number.POSITIVE_INFINITY });
    this.#instances.push(instance);
    this.#assign();
    await instance.scheduler.start();
    await settle();
  }

  /** Kills the living instance of that turn, after this number of further steps at the latest. */
  async kill(turn: number, steps: number): Promise<void> {
    const living = this.#instances.filter(({ alive }) => alive);
    const victim = living[turn % Math.max(1, living.length)];
    if (victim === undefined) return;
    if (steps === 0) this.#die(victim);
    else victim.fuse = Math.min(victim.fuse, steps);
    await settle();
  }

  /** Those who live are not killed any more. */
  spare(): void {
    for (const instance of this.#instances) instance.fuse = Number.POSITIVE_INFINITY;
  }

  /** The topic goes to another living instance. */
  async rebalance(): Promise<void> {
    const owner = this.#instances.find(({ alive, owns }) => alive && owns);
    if (owner === undefined || this.#sharing === "rows") return;
    owner.owns = false;
    this.#assign(owner);
    await settle();
  }

  /** Sets the wall clock by this number of milliseconds. */
  set(step: number): void {
    this.#step += step;
  }

  async pause(paused: boolean): Promise<void> {
    this.#write({ ...this.#state, pause: { paused, at: this.wall } });
    for (const instance of this.#instances) instance.known = { ...instance.known, ...pick(this.#state) };
    await settle();
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.#time + milliseconds;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#time = Math.max(this.#time, next.at);
      next.run();
      await settle();
    }
    this.#time = end;
  }

  async stop(): Promise<void> {
    for (const { alive, scheduler } of this.#instances) if (alive) await scheduler.stop();
  }

  #append(key: string): void {
    const slot = this.#slotOf(key);
    const until = this.#keys.get(key);
    if (until !== undefined && until > this.wall) {
      this.repeats += 1;
      return;
    }
    this.#keys.set(key, this.wall + KEY_MS);
    this.accepted.push({ slot, at: this.wall });
  }

  #slotOf(key: string): number {
    const slot = this.#claimed.get(key);
    if (slot === undefined) throw new Error("an append without a claim before it");
    return slot;
  }

  readonly #claimed = new Map<string, number>();

  /** One step of an instance that a kill may come before or behind of. */
  async #line(instance: Instance, act: () => void): Promise<void> {
    await Promise.resolve();
    instance.fuse -= 0.5;
    if (instance.alive && instance.fuse <= 0) this.#die(instance);
    if (!instance.alive) return new Promise(() => {});
    act();
    instance.fuse -= 0.5;
    if (instance.fuse <= 0) this.#die(instance);
    if (!instance.alive) return new Promise(() => {});
  }

  #die(instance: Instance): void {
    if (instance.alive) this.kills += 1;
    instance.alive = false;
    instance.owns = false;
    const span = this.spans.at(-1);
    if (this.alive === 0 && span?.to === Number.POSITIVE_INFINITY) span.to = this.wall;
    this.#assign();
  }

  /** The topic has an owner as long as somebody lives. */
  #assign(not?: Instance): void {
    if (this.#sharing === "rows" || this.#instances.some(({ owns }) => owns)) return;
    const heir =
      this.#instances.find((instance) => instance.alive && instance !== not) ?? (not?.alive ? not : undefined);
    if (heir === undefined) return;
    heir.owns = true;
    heir.known = this.#state;
  }

  #write(state: EntryState): void {
    this.#state = state;
  }

  #watermarksOf(owner: () => Instance): Watermarks {
    return {
      get owned() {
        return owner().alive && owner().owns;
      },
      open: async () => {},
      stateOf: () => (this.#sharing === "rows" ? this.#state : owner().known),
      advance: async (_, before, next) => {
        let done = false;
        await this.#line(owner(), () => {
          const instance = owner();
          const current = this.#sharing === "rows" ? this.#state.watermark : instance.known.watermark;
          if (!instance.owns || textOf(current) !== textOf(before)) return;
          this.#write({ ...this.#state, watermark: next });
          instance.known = { ...instance.known, watermark: next };
          if (next.claim !== undefined) this.#claimed.set(idOf(next.claim.slot), next.claim.slot);
          done = true;
        });
        return done;
      },
      pause: async () => {},
      close: async () => {},
    };
  }

  #clockOf(owner: () => Instance): Clock {
    return {
      now: () => this.#time,
      wall: () => this.#time,
      after: (delay, run) => {
        const timer = { at: this.#time + Math.max(1, delay), run: () => owner().alive && run() };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
        };
      },
    };
  }
}

function idOf(slot: number): string {
  return slotId("test", TASK, slot);
}

function pick({ pause }: EntryState): Pick<EntryState, "pause"> {
  return pause === undefined ? {} : { pause };
}

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
}
