import { once } from "node:events";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "#runtime/base/clock.js";
import type { Reply } from "#runtime/log/sqlite/messages.js";
import { LogThread } from "#runtime/log/sqlite/thread/log-thread.js";
import { LogHarness } from "./log-harness.js";

/** Time passes only when told: nothing is polled otherwise. */
class Ticks implements Clock {
  #due: (() => void)[] = [];

  now(): number {
    return Date.UTC(2026, 0, 1);
  }

  wall(): number {
    return this.now();
  }

  after(_delay: number, run: () => void): () => void {
    this.#due.push(run);
    return () => {
      this.#due = this.#due.filter((due) => due !== run);
    };
  }

  pass(): void {
    for (const run of this.#due.splice(0)) run();
  }
}

/** The log's thread, run here, with a clock that stands still. */
class StillThread {
  readonly clock = new Ticks();
  readonly thread: LogThread;
  readonly #replies: Reply[] = [];
  #look: () => void = () => {};

  constructor(file: string) {
    const output = {
      reply: (reply: Reply) => {
        this.#replies.push(reply);
        this.#look();
      },
      flush: () => {},
      end: () => {},
    };
    this.thread = new LogThread({ file, busyTimeout: 5000, maxBytes: undefined }, Database, output, this.clock);
  }

  /** The first reply of the kind, now or later. */
  async reply<Kind extends Reply["kind"]>(kind: Kind): Promise<Extract<Reply, { readonly kind: Kind }>> {
    for (;;) {
      for (const reply of this.#replies) if (is(reply, kind)) return reply;
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }

  has(kind: Reply["kind"]): boolean {
    return this.#replies.some((reply) => reply.kind === kind);
  }

  async start(): Promise<void> {
    const topics = ["orders"];
    this.thread.take({
      kind: "read",
      number: 1,
      reader: 1,
      topics,
      journal: "j",
      takeOver: false,
      reread: false,
      lineage: [],
    });
    await this.reply("assigned");
    this.thread.take({ kind: "want", reader: 1, topic: "orders" });
    this.thread.work();
  }

  close(): void {
    this.thread.take({ kind: "close", number: 2 });
    this.thread.work();
  }
}

function is<Kind extends Reply["kind"]>(reply: Reply, kind: Kind): reply is Extract<Reply, { readonly kind: Kind }> {
  return reply.kind === kind;
}

let harness: LogHarness;
let still: StillThread;

beforeEach(() => {
  harness = new LogHarness();
  still = new StillThread(harness.file);
});
afterEach(async () => {
  still.close();
  await harness[Symbol.asyncDispose]();
});

describe("a record that another process appended", () => {
  test("is read because that process wakes the reader: nothing polls", async () => {
    await still.start();
    harness.appender(1);
    expect(await still.reply("batch")).toMatchObject({ topic: "orders", from: 0, next: 1 });
  });

  test("is read by the next poll when no wake-up comes", async () => {
    await still.start();
    const db = new Database(harness.file);
    db.exec("UPDATE readers SET bell = NULL");
    db.close();
    const child = harness.appender(1);
    await once(child, "exit");
    expect(still.has("batch")).toBe(false);
    still.clock.pass();
    expect(await still.reply("batch")).toMatchObject({ topic: "orders", from: 0, next: 1 });
  });
});
