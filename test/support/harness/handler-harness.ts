import { connect } from "taskwire";
import type { Activation } from "#runtime/activation/activation.js";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { record } from "#runtime/activation/parameter/record.js";
import { type Registration, type Registry, registrations } from "#runtime/activation/registry.js";
import type { Handler } from "#runtime/activation/run.js";
import type { TaskSpec } from "#runtime/activation/task.js";
import type { Client } from "#runtime/client/client.js";
import { SPEC, type Task, task } from "#runtime/client/task.js";
import type { ReadRecord } from "#runtime/log/port.js";
import type { SessionPort } from "#runtime/wire/session.js";
import { startWorker, type Worker } from "#runtime/worker/worker.js";
import { SkippingClock } from "../skipping-clock.js";
import { recordsOf } from "../topic.js";
import { until } from "../waiting.js";
import { ENVIRONMENT, LocalBroker } from "./local-broker.js";

/** One hand-out of the broker, and when. */
interface Handout {
  readonly activation: Activation;
  readonly at: number;
}

/**
 * A real broker on the embedded log and a real worker in this process, on one clock whose time can be skipped; handlers are
 * functions of the test.
 */
export class HandlerHarness implements AsyncDisposable {
  readonly clock = new SkippingClock();
  readonly local = new LocalBroker();
  readonly handouts: Handout[] = [];
  readonly #tasks = new Map<string, Registration>();
  #client: Client | undefined;
  #worker: Worker | undefined;

  /** A task, without parameters unless it says so, and its handler; the worker must not have been started. */
  task(name: string, facts: Partial<TaskSpec<object, object>>, handler: Handler<object>): Task<object, object> {
    const made = task<object, object>({
      key: `things.${name}`,
      name: `things.${name}`,
      namespace: "things",
      application: "test",
      hash: "1",
      processingDeadline: 30_000,
      parameters: () => record<object, object>({}),
      environments: () => ({ test: ENVIRONMENT }),
      ...facts,
    });
    for (const each of registrations(made[SPEC], handler)) this.#tasks.set(each.facts.name, each);
    return made;
  }

  async start(): Promise<void> {
    this.#client = await connect(ENVIRONMENT, { dataFolder: this.local.data });
    await this.#run();
  }

  /** The broker stops and comes back, and so does the worker. */
  async restart(): Promise<void> {
    await this.#worker?.stop();
    await this.local.broker.stop();
    await this.#run();
  }

  async #run(): Promise<void> {
    const broker = await this.local.start({ clock: this.clock });
    const registry: Registry = { kind: "taskwire.registry", application: "test", tasks: this.#tasks };
    this.#worker = await startWorker({
      registry,
      sessions: [{ name: "here", port: this.#tapped(broker.sessions) }],
      concurrency: 8,
      isolation: "none",
      clock: this.clock,
      log: this.local.logger,
    });
    await this.#worker.ready;
  }

  get worker(): Worker {
    if (this.#worker === undefined) throw new Error("the worker was not started");
    return this.#worker;
  }

  /** Waits until the broker has settled this many activations and holds none. */
  async drained(ends: number): Promise<void> {
    await this.local.shows(({ counts, ended }) => {
      const seen = Object.values(ended).reduce((sum, count) => sum + count, 0);
      return seen >= ends && Object.values(counts).every((count) => count === 0);
    });
  }

  /** After run `run` of the only chain: waits until the broker holds the next one back, and skips time until it is handed out. */
  async skipDelay(run: number): Promise<void> {
    await this.local.shows(({ counts, ended }) => ended.retried === run && counts.delayed === 1);
    const delay = this.local.said.findLast(({ message }) => message.startsWith(`attempt ${run} of `))?.fields.delay;
    this.clock.skip(Math.max(0, Number(delay) - 3) * 1000);
    await until(() => {
      if (this.handouts.length > run) return true;
      this.clock.skip(500);
      return false;
    });
  }

  async deadLetters(): Promise<ReadRecord[]> {
    return recordsOf(await this.local.log(), "work-dlq");
  }

  #tapped(port: SessionPort): SessionPort {
    return {
      open: (offer, events) =>
        port.open(offer, {
          ...events,
          deliver: (deliveries) => {
            for (const { activation } of deliveries)
              this.handouts.push({ activation: decodeActivation(activation), at: this.clock.now() });
            events.deliver(deliveries);
          },
        }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.stop();
    await this.#client?.close();
    await this.local[Symbol.asyncDispose]();
  }
}
