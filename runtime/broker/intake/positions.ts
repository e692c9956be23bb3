import { failpoint } from "../../base/failpoint.js";
import { keyOf, type TopicPartition } from "../../base/topic-partition.js";
import { type Assigned, type Commit, CommitRefusedError, type LogReader, StaleEpochError } from "../../log/port.js";
import type { PartitionState } from "../inflight/persisted.js";
import type { LowestOffset } from "../journal/messages.js";

interface Owned {
  readonly assigned: Assigned;
  /** The highest that was given to the log: an older one must not overwrite it. */
  asked: number;
  /** The position stored last. */
  offset: number | undefined;
  unsettled: number | undefined;
}

/** The partitions of one reader, and the positions that are stored in the log for them. */
export class Positions {
  readonly #reader: LogReader;
  /** Called with positions that the log has stored, of logs that several journals share. */
  readonly #stored: (positions: readonly (TopicPartition & { readonly position: number })[]) => void;
  readonly #journalCommit: () => string;
  readonly #owned = new Map<string, Owned>();

  /** `journalCommit`: the name of the last commit that the journal has on disk; stored beside each position. */
  constructor(
    reader: LogReader,
    stored: (positions: readonly (TopicPartition & { readonly position: number })[]) => void,
    journalCommit: () => string,
  ) {
    this.#reader = reader;
    this.#stored = stored;
    this.#journalCommit = journalCommit;
  }

  get owned(): Assigned[] {
    return [...this.#owned.values()].map(({ assigned }) => assigned);
  }

  assigned(assigned: Assigned): void {
    this.#owned.set(keyOf(assigned), { assigned, asked: 0, offset: undefined, unsettled: undefined });
  }

  revoked(place: TopicPartition): void {
    this.#owned.delete(keyOf(place));
  }

  /** Stores positions whose rows are on disk; partitions released in the meantime are left out. */
  async commit(positions: readonly PartitionState[], lowest: readonly LowestOffset[]): Promise<void> {
    const commits: { readonly commit: Commit; readonly owned: Owned }[] = [];
    for (const { topic, partition, position, logId } of positions) {
      const owned = this.#owned.get(keyOf({ topic, partition }));
      if (owned === undefined) continue;
      const { share, ...assigned } = owned.assigned;
      // The position belongs to an earlier ownership, or to another log.
      if (share !== undefined && (position < share.from || assigned.logId !== logId)) continue;
      const oldest = lowest.find((row) => row.topic === topic && row.partition === partition);
      const unsettled = oldest?.offset ?? position;
      if (owned.offset === position && owned.unsettled === unsettled) continue;
      commits.push({
        owned,
        commit: {
          topic,
          partition,
          epoch: assigned.epoch,
          offset: position,
          unsettled,
          journalCommit: this.#journalCommit(),
        },
      });
    }
    await this.#commit(commits);
  }

  isStored(place: TopicPartition, position: number): boolean {
    return this.#owned.get(keyOf(place))?.offset === position;
  }

  /** Stores one position whose rows are on disk; false: the partition is no longer ours. */
  async commitLast(place: TopicPartition, position: number): Promise<boolean> {
    const owned = this.#owned.get(keyOf(place));
    if (owned === undefined || position < (owned.assigned.share?.from ?? 0)) return false;
    const { topic, partition } = place;
    // Rows may be left below it: the known value is a lower bound.
    const unsettled = owned.unsettled ?? owned.assigned.share?.from ?? position;
    const { epoch } = owned.assigned;
    return this.#commit([
      { owned, commit: { topic, partition, epoch, offset: position, unsettled, journalCommit: this.#journalCommit() } },
    ]);
  }

  async #commit(wanted: readonly { readonly commit: Commit; readonly owned: Owned }[]): Promise<boolean> {
    let commits = wanted.filter(
      ({ owned, commit }) => owned.assigned.share === undefined || commit.offset >= owned.asked,
    );
    if (commits.length === 0) return true;
    for (const { owned, commit } of commits) owned.asked = commit.offset;
    try {
      await this.#reader.commit(commits.map(({ commit }) => commit));
      failpoint("intake.positions-committed");
    } catch (error) {
      if (error instanceof StaleEpochError) return false;
      if (!(error instanceof CommitRefusedError)) throw error;
      const refused = new Set(error.refused.map(keyOf));
      commits = commits.filter(({ commit }) => !refused.has(keyOf(commit)));
    }
    for (const { owned, commit } of commits) {
      owned.offset = commit.offset;
      owned.unsettled = commit.unsettled;
    }
    const shared = commits.filter(({ owned }) => owned.assigned.share !== undefined);
    if (shared.length > 0) {
      this.#stored(shared.map(({ commit: { topic, partition, offset } }) => ({ topic, partition, position: offset })));
    }
    return commits.length > 0;
  }
}
