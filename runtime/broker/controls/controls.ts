import { decompressor } from "../../activation/encoding/zstd.js";
import { Backoff, NO_JITTER } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { failpoint } from "../../base/failpoint.js";
import type { Logger } from "../../base/logger.js";
import { within } from "../../base/within.js";
import type { Log } from "../../log/port.js";
import { CONTROL_TOPIC } from "../../model/control-topic.js";
import { OperationError } from "../../operations/errors.js";
import type { Engine } from "../engine/engine.js";
import type { Policy } from "../inflight/events.js";
import type { Facts } from "../inflight/row.js";
import type { JournalPort } from "../journal/journal.js";
import { type CountedRule, DropRules } from "../runtime-config/drop-rules.js";
import { type Control, idOf } from "./control.js";
import { type PersonsRule, pausesOf, rulesOf } from "./effect.js";
import { type Change, ControlState, MOST_CONTROLS, versionOf } from "./state.js";
import { ControlTopic } from "./topic.js";

/** How long a start waits for the topic; then the journal's copy holds until the topic can be read. */
const START_WAIT_MS = 10_000;
/** How long an answer waits for the topic. */
const ANSWER_WAIT_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
/** The clock of due times may be set: a control's end is checked again after this time. */
const LONGEST_TIMER_MS = 60_000;
/** A new control is refused above this size of all, as JSON. */
const MOST_BYTES = 1024 * 1024;
/** Changes logged at a time. */
const LOGGED_AT_A_TIME = 20;

interface ControlsOptions {
  readonly pool: { readonly name: string; readonly group: string };
  readonly engine: Pick<Engine, "apply" | "durable">;
  readonly journal: Pick<JournalPort, "readControls" | "writeControls">;
  /** The log that other brokers of the pool share; undefined: the pool has one broker. */
  readonly log: Log | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The controls that people set, kept on disk, shared with the other brokers of the pool, and applied to the machine. */
export class Controls {
  readonly #options: ControlsOptions;
  readonly #state: ControlState;
  readonly #topic: ControlTopic | undefined;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS, NO_JITTER);
  /** What the machine applies. */
  #inForce: readonly Control[] = [];
  #version = versionOf([]);
  #rules: DropRules<PersonsRule>;
  #rulesVersion = versionOf([]);
  #filePolicy: Policy = { judge: () => "keep" };
  #unpack: ((frame: Uint8Array) => Uint8Array) | undefined;
  /** What the journal got last, and when it is on disk. */
  #saved: string | undefined;
  #saving: Promise<void> = Promise.resolve();
  #sharing: Promise<void> | undefined;
  /** Resolves when what the topic said last is applied. */
  #learning: Promise<void> = Promise.resolve();
  /** Why the topic cannot be read, or does not take what this broker changed. */
  #readProblem: string | undefined;
  #shareProblem: string | undefined;
  #cancelTimer: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(options: ControlsOptions) {
    const { log, pool, clock, logger } = options;
    this.#options = options;
    this.#state = new ControlState(log === undefined);
    this.#rules = new DropRules([], this.#decompress);
    if (log === undefined) return;
    this.#topic = new ControlTopic(
      { log, group: pool.group, clock, logger },
      {
        reread: (changes) => {
          this.#state.reread(changes);
          this.#learned();
        },
        read: (changes) => {
          for (const change of changes) this.#state.read(change);
          this.#learned();
        },
        problem: (problem) => {
          this.#readProblem = problem;
          if (problem !== undefined)
            logger.warn("the topic of the controls cannot be read; those that this broker knows hold", {
              topic: CONTROL_TOPIC,
              error: problem,
            });
        },
      },
    );
  }

  /** Applies what the journal keeps and what the topic says. Nothing may be handed out before it resolves. */
  async open(): Promise<void> {
    const { journal, clock, logger } = this.#options;
    const json = journal.readControls();
    this.#saved = json;
    if (json !== undefined)
      this.#state.fromJson(json, (problem) =>
        logger.error("a control in the in-flight file cannot be read", { problem }),
      );
    if (this.#topic !== undefined && !(await within(clock, START_WAIT_MS, this.#topic.follow())))
      logger.warn("the topic of the controls did not answer; those in the in-flight file hold until it does", {
        topic: CONTROL_TOPIC,
      });
    await this.#loadDecompressor(this.#state.inForce(clock.wall()));
    this.#apply();
    void this.#share();
  }

  /** The runtime configuration file demands another policy: a rule of it or of a person drops. */
  filePolicy(policy: Policy): void {
    this.#filePolicy = policy;
    this.#applyPolicy();
  }

  /** Sets a control. Resolves when it is in force and on disk, and, within 5 s, when other brokers see it. */
  async set(control: Control): Promise<void> {
    const id = idOf(control);
    const [count, bytes] = [this.#inForce.length, this.#saved?.length ?? 0];
    if (this.#state.get(id) === undefined && (count >= MOST_CONTROLS || bytes >= MOST_BYTES))
      throw new OperationError(
        "too_many",
        "too_many_controls",
        `expected fewer than ${MOST_CONTROLS} pauses and kill rules, of at most ${MOST_BYTES} bytes, found ${count} of ${bytes}; end some with resume or unkill`,
      );
    await this.#loadDecompressor([control]);
    await this.#change({ id, control, at: control.since });
  }

  /** The system time was set, or the machine slept: controls may have ended. */
  check(): void {
    this.#apply();
  }

  /** Brings this broker to what the topic says now, for at most 5 s: other brokers may have set or ended a control since. */
  async refresh(): Promise<void> {
    // The reading that goes on in the background says why it fails.
    const read = this.#topic?.read().catch(() => {});
    if (read !== undefined) await within(this.#options.clock, ANSWER_WAIT_MS, read);
    await this.#learning;
  }

  /** Ends a control; undefined: there is none in force. Resolves as `set`. */
  async end(id: string): Promise<Control | undefined> {
    const control = this.#inForce.find((each) => idOf(each) === id);
    if (control !== undefined) await this.#change({ id, control: undefined, at: this.#options.clock.wall() });
    return control;
  }

  /** The controls that the machine applies, oldest first. */
  get inForce(): readonly Control[] {
    return this.#inForce;
  }

  /** Equal on brokers that apply the same controls. */
  get version(): string {
    return this.#version;
  }

  /** Whether every broker of the pool sees the control, or its end. */
  isShared(id: string): boolean {
    return this.#state.isShared(id);
  }

  /** Activations that a kill rule has dropped since the start. */
  dropped(id: string): number {
    return this.#rules.rules.reduce((sum, { rule, dropped }) => sum + (rule.control === id ? dropped : 0), 0);
  }

  /** Why other brokers and this one do not see each other's controls; undefined: they do, or there are none. */
  get problem(): string | undefined {
    return this.#shareProblem ?? this.#readProblem;
  }

  /** The rules of a control that is not in force: what they would drop. */
  async rehearse(control: Control): Promise<DropRules<PersonsRule>> {
    await this.#loadDecompressor([control]);
    return new DropRules(
      rulesOf(control, idOf(control)).map((rule) => ({ rule, dropped: 0 })),
      this.#decompress,
    );
  }

  close(): void {
    this.#closed = true;
    this.#topic?.close();
    this.#cancelTimer?.();
    this.#cancelRetry?.();
  }

  async #change(change: Change): Promise<void> {
    const { clock, engine } = this.#options;
    this.#state.change(change);
    this.#apply();
    failpoint("controls.applied");
    await this.#save();
    // Claims that waited for their commit are handed out before the answer, and none is after it.
    await engine.durable(true);
    failpoint("controls.durable");
    if (this.#topic !== undefined) await within(clock, ANSWER_WAIT_MS, this.#share());
  }

  /** The topic says something new. */
  #learned(): void {
    this.#learning = this.#loadDecompressor(this.#state.inForce(this.#options.clock.wall()))
      .then(() => {
        if (this.#closed) return;
        this.#apply();
        return this.#save();
      })
      .catch((error: unknown) =>
        this.#options.logger.error("controls of the topic could not be applied", { error: messageOf(error) }),
      );
  }

  /** Brings the machine to what is in force now, and comes back when the next control ends. */
  #apply(): void {
    const { clock, engine, pool } = this.#options;
    const wall = clock.wall();
    const before = this.#inForce;
    this.#inForce = this.#state.inForce(wall);
    const version = versionOf(this.#inForce);
    if (version !== this.#version) {
      this.#version = version;
      engine.apply({ kind: "pauses", pauses: pausesOf(this.#inForce, pool.name) });
      this.#applyRules();
      this.#logChanges(before);
    }
    this.#cancelTimer?.();
    const next = Math.min(...this.#inForce.map(({ until }) => until));
    if (next === Number.POSITIVE_INFINITY || this.#closed) return;
    this.#cancelTimer = clock.after(Math.min(Math.max(0, next - wall), LONGEST_TIMER_MS), () => this.#apply());
  }

  #applyRules(): void {
    const kills = this.#inForce.filter(({ kind }) => kind === "kill");
    const version = versionOf(kills);
    if (version === this.#rulesVersion) return;
    this.#rulesVersion = version;
    const counted: CountedRule<PersonsRule>[] = kills.flatMap((control) => {
      const id = idOf(control);
      const dropped = this.dropped(id);
      return rulesOf(control, id).map((rule, at) => ({ rule, dropped: at === 0 ? dropped : 0 }));
    });
    this.#rules = new DropRules(counted, this.#decompress);
    this.#applyPolicy();
  }

  #applyPolicy(): void {
    const rules = this.#rules;
    const file = this.#filePolicy;
    const judge = (facts: Facts) => (rules.drops(facts) ? "drop" : file.judge(facts));
    this.#options.engine.apply({ kind: "policy", policy: rules.rules.length === 0 ? file : { judge } });
  }

  /** Resolves when the journal has the controls. */
  #save(): Promise<void> {
    const { journal, clock } = this.#options;
    const json = this.#state.toJson(clock.wall());
    if (json !== this.#saved) {
      this.#saved = json;
      this.#saving = journal.writeControls(json);
    }
    return this.#saving;
  }

  /** Appends to the topic what it does not have yet. Resolves after one attempt; further ones follow by themselves. */
  #share(): Promise<void> {
    if (this.#topic === undefined || this.#state.unshared.length === 0) return Promise.resolve();
    this.#sharing ??= this.#shareAll(this.#topic);
    return this.#sharing;
  }

  async #shareAll(topic: ControlTopic): Promise<void> {
    const { clock, logger } = this.#options;
    this.#cancelRetry?.();
    try {
      while (this.#state.unshared.length > 0 && !this.#closed) {
        // Another broker may have changed the same control since.
        await topic.read();
        const [change] = this.#state.unshared;
        if (change !== undefined) this.#state.appended(change, await topic.append(change));
        await this.#save();
      }
      this.#shareProblem = undefined;
      this.#backoff.reset();
    } catch (error) {
      const problem = messageOf(error);
      if (problem !== this.#shareProblem)
        logger.warn("the topic of the controls does not take a control: other brokers of the pool do not see it yet", {
          topic: CONTROL_TOPIC,
          error: problem,
        });
      this.#shareProblem = problem;
      if (!this.#closed) this.#cancelRetry = clock.after(this.#backoff.next(), () => void this.#share());
    } finally {
      this.#sharing = undefined;
    }
  }

  /** Compressed parameters are compared only when a rule asks for arguments. */
  async #loadDecompressor(controls: readonly Control[]): Promise<void> {
    if (this.#unpack !== undefined) return;
    const needed = controls.some(({ args, kwargs }) => Object.keys(args).length + Object.keys(kwargs).length > 0);
    if (needed) this.#unpack = await decompressor();
  }

  readonly #decompress = (frame: Uint8Array): Uint8Array => {
    if (this.#unpack === undefined) throw new Error("zstd is not loaded");
    return this.#unpack(frame);
  };

  #logChanges(before: readonly Control[]): void {
    const { logger } = this.#options;
    const [old, present] = [before, this.#inForce].map(
      (controls) => new Map(controls.map((each) => [idOf(each), each])),
    );
    const log = (message: string, changed: readonly Control[]) => {
      for (const { kind, subject, by, reason, until } of changed.slice(0, LOGGED_AT_A_TIME)) {
        const end = Number.isFinite(until) ? { until: new Date(until).toISOString() } : {};
        logger.info(message, { kind, subject, by, reason, ...end });
      }
      if (changed.length > LOGGED_AT_A_TIME)
        logger.info(`${message}, and others`, { others: changed.length - LOGGED_AT_A_TIME });
    };
    log(
      "a control is in force",
      [...(present ?? [])].flatMap(([id, control]) => (old?.has(id) ? [] : [control])),
    );
    log(
      "a control has ended",
      [...(old ?? [])].flatMap(([id, control]) => (present?.has(id) ? [] : [control])),
    );
  }
}
