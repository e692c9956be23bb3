import type { Clock } from "../../base/clock.js";
import { closeTogether } from "../../base/closing.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { within } from "../../base/within.js";
import type { Log, ReadOptions, Unreadable } from "../../log/port.js";
import type { TopicModel } from "../../model/model.js";
import type { PartitionState } from "../inflight/persisted.js";
import type { LowestOffset } from "../journal/messages.js";
import { Intake, type IntakeEngine } from "./intake.js";
import type { RawTopics } from "./raw.js";
import type { PoolTopic } from "./topics.js";

/** How long a start waits for the first partition of a cluster. */
const ASSIGN_MS = 5000;

/** What readers need of the broker's engine. */
interface ReaderEngine extends IntakeEngine {
  /** Whether the machine takes nothing more of the topic at the moment. */
  holdsBack(topic: string): boolean;
}

/** Reads the topics of a pool, with one reader for each cluster; pauses them for the machine and for a stuck disk. */
export class TopicReaders {
  readonly #topics: ReadonlyMap<string, PoolTopic>;
  readonly #engine: ReaderEngine;
  readonly #raw: RawTopics;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #clusters: { readonly name: string; readonly intake: Intake; assigned: boolean }[] = [];
  #stuck = false;

  constructor(
    topics: ReadonlyMap<string, PoolTopic>,
    engine: ReaderEngine,
    raw: RawTopics,
    clock: Clock,
    logger: Logger,
  ) {
    this.#topics = topics;
    this.#engine = engine;
    this.#raw = raw;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The clusters, and whether a partition of each was ever assigned. */
  get clusters(): readonly { readonly name: string; readonly assigned: boolean; readonly reads: boolean }[] {
    return this.#clusters.map(({ name, assigned, intake }) => ({ name, assigned, reads: intake.reads }));
  }

  /** What cannot be read at the moment. */
  get unreadable(): readonly Unreadable[] {
    return this.#clusters.flatMap(({ intake }) => intake.unreadable);
  }

  /**
   * Resolves when each cluster has assigned a partition, or after ASSIGN_MS. `ended` ends the wait with an error; `fail`
   * gets what ends the reading later.
   */
  async start(options: ReadOptions, ended: Promise<void>, fail: (error: unknown) => void): Promise<void> {
    for (const [log, topics] of byLog(this.#topics)) {
      const reader = log.read(
        topics.map(({ name }) => name),
        options,
      );
      const intake = new Intake(
        reader,
        topics.map(({ name }) => name),
        this.#engine,
        options.journal,
        { topics: this.#raw, clock: this.#clock },
        {
          damaged: ({ topic, partition, from, to, error }) =>
            this.#logger.error("the log lost acknowledged records; each ends as a dead letter without bytes", {
              topic,
              partition,
              offsets: `${from}..${to - 1}`,
              count: to - from,
              error,
            }),
          silent: (error) => this.#silent(cluster.name, error),
          failed: fail,
        },
      );
      const cluster = { name: topics[0]?.cluster ?? "", intake, assigned: false };
      this.#clusters.push(cluster);
      intake.run().catch(fail);
      void intake.ready.then(() => {
        cluster.assigned = true;
      });
      // A log that refuses this reader ends the start; one that is slow to assign does not delay it.
      await within(this.#clock, ASSIGN_MS, Promise.race([intake.ready, ended]));
    }
  }

  pause(topic: string): void {
    for (const { intake } of this.#clusters) intake.pause(topic);
  }

  resume(topic: string): void {
    if (this.#stuck || this.#engine.holdsBack(topic)) return;
    for (const { intake } of this.#clusters) intake.resume(topic);
  }

  /** Whether the in-flight file takes no commits: all topics are then paused. */
  stuck(stuck: boolean): void {
    this.#stuck = stuck;
    for (const topic of this.#topics.keys()) {
      if (stuck) this.pause(topic);
      else this.resume(topic);
    }
  }

  /** Stores positions whose rows are on disk. */
  commit(positions: readonly PartitionState[], lowest: readonly LowestOffset[]): void {
    for (const { intake } of this.#clusters) {
      intake.commit(positions, lowest).catch((error: unknown) => {
        this.#logger.warn("cannot commit positions to the log", { error: messageOf(error) });
      });
    }
  }

  /** The offset that the next appended record gets; null: unknown, undefined: the partition is not read here. */
  end(topic: string, partition: number): number | null | undefined {
    return this.#clusters.map(({ intake }) => intake.end(topic, partition)).find((end) => end !== undefined);
  }

  async close(): Promise<void> {
    await closeTogether(
      this.#clusters.map(
        ({ intake }) =>
          () =>
            intake.close(),
      ),
      this.#logger,
    );
  }

  #silent(cluster: string, error: unknown): void {
    if (error === undefined)
      this.#logger.info("the log reports the ends of its partitions and stores positions again", { cluster });
    else
      this.#logger.warn(
        "the log does not report the ends of its partitions or does not store positions; retrying every second",
        { cluster, error: messageOf(error) },
      );
  }
}

function byLog(topics: ReadonlyMap<string, PoolTopic>): Map<Log, TopicModel[]> {
  const byLog = new Map<Log, TopicModel[]>();
  for (const { log, topic } of topics.values()) byLog.set(log, [...(byLog.get(log) ?? []), topic]);
  return byLog;
}
