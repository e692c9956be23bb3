import { describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import type { Control } from "#runtime/broker/controls/control.js";
import { Controls } from "#runtime/broker/controls/controls.js";
import { controlsStatus } from "#runtime/broker/controls/described.js";
import type { Event } from "#runtime/broker/inflight/events.js";
import { memoryLog } from "#runtime/log/memory/log.js";
import type { Log } from "#runtime/log/port.js";
import { CONTROL_TOPIC } from "#runtime/model/control-topic.js";
import { AppendFaults, FaultyLog } from "../../../support/faulty-log.js";
import { SkippingClock } from "../../../support/skipping-clock.js";
import { until } from "../../../support/waiting.js";

const pause = (subject: string, change: Partial<Control> = {}): Control => ({
  kind: "task",
  subject,
  args: {},
  kwargs: {},
  by: "anna",
  reason: "",
  since: 1,
  until: Number.POSITIVE_INFINITY,
  ...change,
});

/** A broker's controls, its journal over restarts, and what the machine was given. */
class Member {
  readonly events: Event[] = [];
  json: string | undefined;
  controls: Controls;
  readonly #log: Log | undefined;
  readonly #clock: SkippingClock;
  readonly #group: string;

  constructor(log: Log | undefined, clock: SkippingClock, group = "g") {
    this.#log = log;
    this.#clock = clock;
    this.#group = group;
    this.controls = this.#make();
  }

  /** kill -9, and the next start. */
  async restart(): Promise<void> {
    this.controls.close();
    this.controls = this.#make();
    await this.controls.open();
  }

  /** Subjects of paused tasks, as the machine has them. */
  get paused(): string[] {
    const last = this.events.findLast((event) => event.kind === "pauses");
    return last?.kind === "pauses" ? [...last.pauses.tasks].sort() : [];
  }

  async shows(...subjects: string[]): Promise<void> {
    await until(() => {
      this.#clock.skip(1000);
      return this.paused.join() === subjects.join();
    });
  }

  #make(): Controls {
    this.events.length = 0;
    return new Controls({
      pool: { name: "p", group: this.#group },
      engine: { apply: (event) => void this.events.push(event), durable: async () => {} },
      journal: {
        readControls: () => this.json,
        writeControls: async (json) => {
          this.json = json;
        },
      },
      log: this.#log,
      clock: this.#clock,
      logger: silentLogger,
    });
  }
}

function pool(faults = new AppendFaults()) {
  const log = new FaultyLog(memoryLog(), faults);
  const clock = new SkippingClock();
  return { log, clock, faults, member: (group?: string) => new Member(log, clock, group) };
}

/** The log with other answers to some calls. */
function changed(log: Log, changes: Partial<Log>): Log {
  return {
    append: (...args) => log.append(...args),
    read: (...args) => log.read(...args),
    everRead: (...args) => log.everRead(...args),
    partitions: (...args) => log.partitions(...args),
    browse: (...args) => log.browse(...args),
    close: () => log.close(),
    ...changes,
  };
}

async function opened(...members: readonly Member[]): Promise<void> {
  for (const { controls } of members) await controls.open();
}

describe("controls of brokers that share a topic", () => {
  it("are applied by all of them, by one that starts later, and by none of another pool", async () => {
    const { member } = pool();
    const [a, b, other] = [member(), member(), member("g/other")];
    await opened(a, b, other);
    await a.controls.set(pause("t"));
    await a.controls.set(pause("u", { kind: "kill", kwargs: { x: [1, { y: null }] } }));
    expect(a.controls.isShared("task/t")).toBe(true);
    await b.shows("t");
    const c = member();
    await c.controls.open();
    expect(c.paused).toEqual(["t"]);
    expect([b, c].map(({ controls }) => controls.version)).toEqual([a.controls.version, a.controls.version]);
    expect(c.controls.inForce).toEqual(a.controls.inForce);
    await c.controls.end("task/t");
    for (const each of [a, b, c]) await each.shows();
    expect(a.controls.inForce.map(({ kind }) => kind)).toEqual(["kill"]);
    expect(other.events).toEqual([]);
    for (const { controls } of [a, b, c, other]) controls.close();
  });

  it("hold by the journal's copy while the topic is away, and for other brokers as soon as it is back", async () => {
    const { member, faults } = pool();
    const [a, b] = [member(), member()];
    await opened(a, b);
    faults.away.add(CONTROL_TOPIC);
    await a.controls.set(pause("t"));
    expect([a.paused, a.controls.isShared("task/t"), a.controls.problem]).toEqual([
      ["t"],
      false,
      `${CONTROL_TOPIC} is away`,
    ]);
    expect(controlsStatus(a.controls)).toMatchObject({
      inForce: [{ reach: "broker" }],
      problem: `${CONTROL_TOPIC} is away`,
    });
    await a.restart();
    expect(a.paused).toEqual(["t"]);
    faults.away.clear();
    await b.shows("t");
    await until(() => a.controls.isShared("task/t"));
    await until(() => a.controls.problem === undefined);
    for (const { controls } of [a, b]) controls.close();
  });

  it("can be ended at any broker at once, before it has looked at the topic by itself", async () => {
    const { member } = pool();
    const [a, b] = [member(), member()];
    await opened(a, b);
    await a.controls.set(pause("t"));
    expect(await b.controls.end("task/t")).toBeUndefined();
    await b.controls.refresh();
    expect(b.paused).toEqual(["t"]);
    expect(await b.controls.end("task/t")).toMatchObject({ subject: "t" });
    await a.controls.refresh();
    expect(a.paused).toEqual([]);
    for (const { controls } of [a, b]) controls.close();
  });

  it("that were made while the topic was away lose against later changes of other brokers", async () => {
    const { member, faults } = pool();
    const [a, b] = [member(), member()];
    await opened(a, b);
    await a.controls.set(pause("t", { since: 1 }));
    await b.shows("t");
    faults.away.add(CONTROL_TOPIC);
    await a.controls.set(pause("t", { since: 2, reason: "still" }));
    await a.restart();
    faults.away.clear();
    // Made by the clock, which is far later than 2.
    await b.controls.end("task/t");
    await a.shows();
    await b.shows();
    expect(a.controls.isShared("task/t")).toBe(true);
    for (const { controls } of [a, b]) controls.close();
  });

  it("hold by the journal's copy when the topic cannot be read at the start", async () => {
    const { log, clock } = pool();
    let away = false;
    const unreadable = changed(log, {
      browse: (...args) => (away ? Promise.reject(new Error("nobody answers")) : log.browse(...args)),
    });
    const a = new Member(unreadable, clock);
    await a.controls.open();
    await a.controls.set(pause("t"));
    away = true;
    await a.restart();
    expect([a.paused, a.controls.problem]).toEqual([["t"], "nobody answers"]);
    const other = new Member(log, clock);
    await other.controls.open();
    await other.controls.end("task/t");
    away = false;
    await a.shows();
    await until(() => a.controls.problem === undefined);
    for (const { controls } of [a, other]) controls.close();
  });

  it("start without a topic that does not answer at all, after 10 s", async () => {
    const { log, clock } = pool();
    const silent = changed(log, { browse: () => new Promise(() => {}) });
    const a = new Member(silent, clock);
    a.json =
      '{"version":1,"shared":[],"own":[{"id":"task/t","at":1,"control":{"kind":"task","subject":"t","by":"","reason":"","since":1}}]}';
    let open = false;
    const opening = a.controls.open().then(() => {
      open = true;
    });
    await until(() => {
      clock.skip(1000);
      return open;
    });
    await opening;
    expect(a.paused).toEqual(["t"]);
    a.controls.close();
  });

  it("ignore records that nobody can read, and read a topic that was made again", async () => {
    const { member, log, clock } = pool();
    const records = [
      { key: "g/task/t", value: Buffer.from("{") },
      { key: "g/task/t", value: Buffer.from('{"kind":"task","subject":"u","by":"","reason":"","since":1}') },
      { key: "g/stop/t", value: Buffer.from('{"kind":"stop","subject":"t","by":"","reason":"","since":1}') },
      { value: Buffer.from("x") },
    ];
    await log.append(CONTROL_TOPIC, records);
    let current: Log = log;
    const renewed = changed(log, {
      browse: (...args) => current.browse(...args),
      append: (...args) => current.append(...args),
    });
    const a = new Member(renewed, clock);
    await a.controls.open();
    expect(a.controls.inForce).toEqual([]);
    await a.controls.set(pause("t"));
    current = memoryLog();
    await a.shows();
    const b = member();
    await b.controls.open();
    expect(b.paused).toEqual(["t"]);
    for (const { controls } of [a, b]) controls.close();
  });
});

describe("controls of a broker", () => {
  it("are refused above 1,000, also after a restart, unless they replace one", async () => {
    const { clock } = pool();
    const a = new Member(undefined, clock);
    await a.controls.open();
    for (let number = 0; number < 1000; number += 1) await a.controls.set(pause(`t${number}`));
    await a.restart();
    await expect(a.controls.set(pause("one more"))).rejects.toMatchObject({ code: "too_many_controls" });
    await a.controls.set(pause("t7", { reason: "again" }));
    expect(controlsStatus(a.controls)).toMatchObject({ leftOut: 900, problem: null });
    expect(controlsStatus(a.controls).inForce).toHaveLength(100);
    await a.controls.end("task/t3");
    await a.controls.set(pause("one more"));
    a.controls.close();
  });

  it("are refused above 1 MiB in all", async () => {
    const a = new Member(undefined, new SkippingClock());
    await a.controls.open();
    const large = (number: number) => pause("t", { kind: "kill", kwargs: { x: `${number}${"x".repeat(4000)}` } });
    const fill = async () => {
      for (let number = 0; number < 300; number += 1) await a.controls.set(large(number));
    };
    await expect(fill()).rejects.toMatchObject({ code: "too_many_controls" });
    expect(a.controls.inForce.length).toBeGreaterThan(200);
    a.controls.close();
  });

  it("are on disk before the answer, also when the same is asked twice at once", async () => {
    const clock = new SkippingClock();
    let written = () => {};
    const writing = new Promise<void>((resolve) => {
      written = resolve;
    });
    const controls = new Controls({
      pool: { name: "p", group: "g" },
      engine: { apply: () => {}, durable: async () => {} },
      journal: { readControls: () => undefined, writeControls: () => writing },
      log: undefined,
      clock,
      logger: silentLogger,
    });
    await controls.open();
    const answered: string[] = [];
    const first = controls.set(pause("t")).then(() => answered.push("first"));
    const second = controls.set(pause("t")).then(() => answered.push("second"));
    await new Promise(setImmediate);
    expect(answered).toEqual([]);
    written();
    await Promise.all([first, second]);
    controls.close();
  });
});
