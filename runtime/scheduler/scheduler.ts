import { Backoff, NO_JITTER } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { messageOf } from "../base/errors.js";
import type { Logger } from "../base/logger.js";
import type { Position } from "../log/port.js";
import { decide, type Missed, type Watermark } from "./decide.js";
import type { Entry } from "./entry.js";
import { slotRecord } from "./record.js";
import { nextSlots } from "./slots.js";
import { Tallies, type Tally } from "./tally.js";
import type { Watermarks } from "./watermarks.js";

/** How often the wall clock is checked, milliseconds: it may be set at any time. */
const LOOK_MS = 1000;
/** How long another scheduler may take to append a slot that it claimed, milliseconds. */
const FOREIGN_CLAIM_MS = 2000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** When another scheduler was faster, its watermark is checked after this time, milliseconds. */
const OVERTAKEN_MS = 100;

/** Appends the record of a slot; a second append with the same id changes nothing. */
type AppendSlot = (entry: Entry, record: Awaited<ReturnType<typeof slotRecord>>) => Promise<readonly Position[]>;

interface SchedulerOptions {
  readonly entries: readonly Entry[];
  readonly watermarks: Watermarks;
  readonly append: AppendSlot;
  /** Timers. */
  readonly clock: Clock;
  /** The wall clock, which the slots refer to; milliseconds since the epoch. */
  readonly wall: () => number;
  readonly logger: Logger;
  /** Names this process in the watermarks that it writes, for people. */
  readonly instance: string;
  /** Called for every slot that was started, with how late it was, milliseconds. */
  readonly started?: ((late: number) => void) | undefined;
}

export interface EntryStatus {
  /** `<namespace>.<task>`. */
  readonly task: string;
  readonly words: string;
  readonly paused: boolean;
  /** Milliseconds since the epoch. */
  readonly next: number | undefined;
  readonly tally: Tally;
}

/** An entry with what this process knows of it. */
interface ActiveEntry {
  readonly entry: Entry;
  /** The slot that this process claimed last. */
  claimed: number | undefined;
  /** After a failed attempt: when the next one is due, by the clock. */
  notBefore: number;
  readonly backoff: Backoff;
}

/**
 * Starts the slots that are due on one cluster: claims a slot, appends its activation, advances the watermark. After a
 * crash between any two of these steps the slot is appended again under the same id. Slots of one entry are started one
 * after another.
 */
export class Scheduler {
  readonly tallies = new Tallies();
  readonly #options: SchedulerOptions;
  readonly #active: readonly ActiveEntry[];
  #wake: () => void = () => {};
  #stopping = false;
  #running: Promise<void> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#active = options.entries.map((entry) => ({
      entry,
      claimed: undefined,
      notBefore: 0,
      backoff: new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS, NO_JITTER),
    }));
  }

  /** Resolves when the watermarks are open. */
  async start(): Promise<void> {
    await this.#options.watermarks.open(() => this.#wake());
    this.#running = this.#run();
  }

  /** Resolves when the watermarks cover what is being appended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    try {
      await this.#running;
    } finally {
      await this.#options.watermarks.close();
    }
  }

  get owned(): boolean {
    return this.#options.watermarks.owned;
  }

  status(): EntryStatus[] {
    return this.#options.entries.map((entry) => {
      const { watermark, pause } = this.#options.watermarks.stateOf(entry.facts.name);
      const from = watermark?.plan === entry.plan ? Math.max(watermark.until, pause?.at ?? 0) : this.#options.wall();
      return {
        task: entry.facts.key,
        words: entry.schedule.words,
        paused: pause?.paused ?? false,
        next: pause?.paused === true ? undefined : nextSlots(entry.slots, from, 1)[0],
        tally: this.tallies.of(entry.facts.key),
      };
    });
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const next = this.#options.watermarks.owned
        ? Math.min(...(await Promise.all(this.#active.map((active) => this.#look(active)))), Number.POSITIVE_INFINITY)
        : Number.POSITIVE_INFINITY;
      if (this.#stopping) return;
      const cancel = this.#options.clock.after(Math.min(LOOK_MS, Math.max(0, next - this.#options.wall())), () =>
        this.#wake(),
      );
      await woken;
      cancel();
    }
  }

  /** Starts what is due. Returns when to look again, by the wall clock. */
  async #look(active: ActiveEntry): Promise<number> {
    const { clock, wall, logger } = this.#options;
    const { key } = active.entry.facts;
    if (clock.now() < active.notBefore) return wall() + (active.notBefore - clock.now());
    try {
      const next = await this.#step(active);
      active.backoff.reset();
      return next;
    } catch (error) {
      const pause = active.backoff.next();
      logger.error("cannot start a scheduled task; retrying", { task: key, error: messageOf(error), pause });
      this.tallies.of(key).failed += 1;
      active.notBefore = clock.now() + pause;
      return wall() + pause;
    }
  }

  async #step(active: ActiveEntry): Promise<number> {
    const { entry } = active;
    const { watermarks, logger, instance } = this.#options;
    const now = this.#options.wall();
    const { watermark: stored, pause } = watermarks.stateOf(entry.facts.name);
    if (pause?.paused === true) return Number.POSITIVE_INFINITY;
    // Slots that passed during a pause were not missed.
    const watermark =
      stored === undefined || pause === undefined || pause.at > now
        ? stored
        : { ...stored, until: Math.max(stored.until, pause.at) };
    const subject = { slots: entry.slots, plan: entry.plan, missed: entry.schedule.missed };
    const decision = decide(subject, watermark, now);
    switch (decision.kind) {
      case "wait":
        return decision.next ?? Number.POSITIVE_INFINITY;
      case "begin":
        if (decision.why !== "new") {
          logger.warn(
            decision.why === "changed"
              ? "the schedule has changed; its slots count from now on"
              : "the schedule's watermark is ahead of the clock; its slots count from now on",
            { task: entry.facts.key, mark: stored?.until, now },
          );
        }
        await watermarks.advance(entry.facts.name, stored, { until: now, plan: entry.plan, by: instance });
        return now + OVERTAKEN_MS;
      case "run": {
        const claim = stored?.claim;
        const foreign = claim !== undefined && claim.slot !== active.claimed && decision.slots.includes(claim.slot);
        if (foreign && Math.abs(now - claim.at) < FOREIGN_CLAIM_MS) return claim.at + FOREIGN_CLAIM_MS;
        const missed = decision.missed ?? stored?.missed;
        let before = stored;
        for (const slot of decision.slots) before = before && (await this.#start(active, slot, before, missed));
        if (before === undefined) return now + OVERTAKEN_MS;
        const covers = this.#mark(entry, decision.until, { started: before.started, missed });
        if (before.until < decision.until && !(await watermarks.advance(entry.facts.name, before, covers)))
          return now + OVERTAKEN_MS;
        this.#missed(entry, decision.missed);
        return entry.slots.after(decision.until) ?? Number.POSITIVE_INFINITY;
      }
    }
  }

  /**
   * Claims the slot, appends it, advances the watermark. Returns that, or undefined when another scheduler was faster.
   */
  async #start(
    active: ActiveEntry,
    slot: number,
    before: Watermark,
    missed: Watermark["missed"],
  ): Promise<Watermark | undefined> {
    const { entry } = active;
    const { watermarks, append, wall } = this.#options;
    const task = entry.facts.name;
    const at = before.claim?.slot === slot ? before.claim.at : wall();
    const { started } = before;
    const claimed: Watermark = { ...this.#mark(entry, before.until, { started, missed }), claim: { slot, at } };
    if (!(await watermarks.advance(task, before, claimed))) return undefined;
    active.claimed = slot;
    await append(entry, await slotRecord(entry, slot));
    const now = wall();
    const marked = this.#mark(entry, Math.max(slot, before.until), { started: { slot, at: now }, missed });
    this.tallies.started(entry.facts.key, slot, now);
    this.#options.started?.(now - slot);
    return (await watermarks.advance(task, claimed, marked)) ? marked : undefined;
  }

  #mark(
    { plan }: Entry,
    until: number,
    { started, missed }: { readonly [Part in "started" | "missed"]: Watermark[Part] },
  ): Watermark {
    return {
      until,
      plan,
      by: this.#options.instance,
      ...(started === undefined ? {} : { started }),
      ...(missed === undefined ? {} : { missed }),
    };
  }

  #missed({ facts }: Entry, missed: Missed | undefined): void {
    if (missed === undefined) return;
    this.tallies.of(facts.key).missed += missed.count;
    this.#options.logger.warn("missed slots of a schedule", { task: facts.key, missed: missed.count });
  }
}
