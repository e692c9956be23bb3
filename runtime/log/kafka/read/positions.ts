import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { knows } from "../../lineage.js";
import { type Commit, CommitRefusedError, type ReadOptions, StaleEpochError, type StoredPosition } from "../../port.js";
import { type ClusterNames, kafkaError } from "../connection/errors.js";
import type { OwnedPartition } from "../fetch/owned-partition.js";
import { readMetadata, writeMetadata } from "../group/commit-metadata.js";
import { FencedError, type GroupPosition, type Membership } from "../group/membership.js";
import type { ReaderPartitions } from "./partitions.js";

/** The positions that a reader stores in its group, and those that the group's other members stored. */
export class GroupPositions {
  readonly #membership: Membership;
  readonly #partitions: ReaderPartitions;
  readonly #names: ClusterNames;
  readonly #options: ReadOptions;
  readonly #fenced: () => void;
  #last: Promise<unknown> = Promise.resolve();

  /** `fenced` is called when the group has removed this member. */
  constructor(
    membership: Membership,
    partitions: ReaderPartitions,
    names: ClusterNames,
    options: ReadOptions,
    fenced: () => void,
  ) {
    this.#membership = membership;
    this.#partitions = partitions;
    this.#names = names;
    this.#options = options;
    this.#fenced = fenced;
  }

  /** As LogReader.commit. Calls run one after the other, so that no position goes back. */
  async commit(commits: readonly Commit[]): Promise<void> {
    if (commits.length === 0) return;
    const committed = this.#last.then(() => this.#commit(commits));
    this.#last = committed.catch(() => {});
    return committed;
  }

  /** Resolves when all commits so far have ended. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** As LogReader.stored. */
  async stored(places: readonly TopicPartition[]): Promise<StoredPosition[]> {
    const { generation } = this.#partitions;
    const foreign = places.filter((place) => this.#partitions.committable(place) === undefined);
    if (generation === undefined || foreign.length === 0) return [];
    const { stored, failed } = await this.#membership.positions(foreign);
    const positions = new Map(stored.map((each) => [keyOf(each), each]));
    // The partitions may have come here in the meantime.
    if (this.#partitions.generation !== generation) return [];
    // Without an answer the owner of a partition is unknown; one that waits here is about to be owned.
    const known = foreign.filter((place) => !failed.has(keyOf(place)) && !this.#partitions.isWaiting(place));
    return known.map((place) => this.#positionOf(place, positions.get(keyOf(place))));
  }

  #positionOf({ topic, partition }: TopicPartition, stored: GroupPosition | undefined): StoredPosition {
    const metadata = stored === undefined ? undefined : readMetadata(stored.metadata);
    const { journal, lineage = [] } = this.#options;
    const isOlder = metadata !== undefined && metadata.journal === journal && !knows(lineage, metadata.journalCommit);
    return {
      topic,
      partition,
      committed: stored?.offset,
      journal: metadata?.journal,
      since: metadata?.since,
      settledBelow: isOlder ? metadata.unsettled : undefined,
    };
  }

  async #commit(commits: readonly Commit[]): Promise<void> {
    const { generation } = this.#partitions;
    const positions = commits.map((commit) => {
      const { topic, partition, epoch } = commit;
      const owned = this.#partitions.committable(commit);
      if (generation === undefined || owned?.epoch !== epoch) throw new StaleEpochError(topic, partition, epoch);
      return { owned, stored: this.#storedOf(owned, commit) };
    });
    const [first] = commits;
    if (generation === undefined || first === undefined) return;
    let refused: Awaited<ReturnType<Membership["commit"]>>;
    try {
      refused = await this.#membership.commit(
        generation,
        positions.map(({ stored }) => stored),
      );
    } catch (error) {
      if (!(error instanceof FencedError)) throw kafkaError(error, "commit positions", this.#names);
      if (this.#partitions.generation === generation) this.#fenced();
      throw new StaleEpochError(first.topic, first.partition, first.epoch);
    }
    const failed = new Set(refused.map(keyOf));
    for (const { owned, stored } of positions) {
      if (failed.has(keyOf(owned))) continue;
      if (owned.rereadUntil !== undefined && owned.rereadUntil <= stored.offset) owned.rereadUntil = undefined;
    }
    if (refused.length > 0) throw new CommitRefusedError(refused, refused[0]?.error);
  }

  #storedOf({ topicId, since, rereadUntil }: OwnedPartition, commit: Commit): GroupPosition {
    const { topic, partition, offset, unsettled, journalCommit } = commit;
    const metadata = writeMetadata({
      topicId,
      unsettled: Math.min(unsettled, offset),
      since,
      rereadUntil: rereadUntil !== undefined && rereadUntil > offset ? rereadUntil : undefined,
      journal: this.#options.journal,
      journalCommit,
    });
    return { topic, partition, offset, metadata };
  }
}
