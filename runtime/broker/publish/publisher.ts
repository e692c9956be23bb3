import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { Log } from "../../log/port.js";
import type { TopicModel } from "../../model/model.js";
import type { PublishAs } from "../inflight/events.js";
import type { Row } from "../inflight/live-row.js";
import { type Destination, type PublishEvents, type PublishProblem, PublishQueue } from "./publish-queue.js";
import type { Publication } from "./records.js";

/** Appends next runs, dead letters and forwarded activations; a row is settled when the log has acknowledged its record. */
export class Publisher {
  readonly #topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: PublishEvents;
  readonly #queues: PublishQueue[] = [];
  /** Where forwarded activations go; while undefined, they wait in `#undirected`. */
  #demotedTo: Destination | undefined;
  readonly #undirected: Publication[] = [];
  #closed = false;

  constructor(
    topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>,
    clock: Clock,
    logger: Logger,
    events: PublishEvents,
  ) {
    this.#topics = topics;
    this.#clock = clock;
    this.#logger = logger;
    this.#events = events;
  }

  publish(as: PublishAs, row: Row): void {
    const publication = { as, row };
    const to = as === "forward" ? this.#demotedTo : this.#destination(as, row);
    if (to !== undefined) this.#queue(to).push(publication);
    else if (as === "forward") this.#undirected.push(publication);
    else {
      const { id, topic } = row.facts;
      const message = "cannot publish: the pool no longer has the topic; the activation stays in the in-flight file";
      this.#logger.error(message, { id, topic, as });
    }
  }

  /** Where forwarded activations go from now on; undefined: they wait. */
  demoteTo(destination: Destination | undefined): void {
    this.#demotedTo = destination;
    if (destination === undefined) return;
    for (const publication of this.#undirected.splice(0)) this.#queue(destination).push(publication);
  }

  get problems(): PublishProblem[] {
    return this.#queues.flatMap(({ problem }) => problem ?? []);
  }

  /** What is not published yet is published after the next start. */
  close(): void {
    this.#closed = true;
    for (const queue of this.#queues) queue.close();
  }

  #destination(as: "retry" | "deadletter", row: Row): Destination | undefined {
    const source = this.#topics.get(row.facts.topic);
    if (source === undefined) return undefined;
    return { log: source.log, topic: as === "retry" ? source.topic.retry : source.topic.deadLetter };
  }

  #queue(to: Destination): PublishQueue {
    const known = this.#queues.find(({ destination }) => destination.log === to.log && destination.topic === to.topic);
    if (known !== undefined) return known;
    const queue = new PublishQueue(to, this.#clock, this.#logger, this.#events);
    if (this.#closed) queue.close();
    this.#queues.push(queue);
    return queue;
  }
}
