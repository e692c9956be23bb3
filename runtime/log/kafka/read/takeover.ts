import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import type { Assigned } from "../../port.js";
import { topicIds } from "../connection/topic-ids.js";
import { type Bounds, boundsOf } from "../fetch/bounds.js";
import { OwnedPartition } from "../fetch/owned-partition.js";
import type { Generation, GroupPosition } from "../group/membership.js";
import type { ReaderParts } from "./parts.js";
import { type Start, startOf } from "./start.js";
import { noLeader, reasonOf } from "./unreadable-reason.js";

const ALERTS = {
  "another-topic": "the topic was re-created, or lost records at its end; reading it from its start",
  "records-deleted":
    "the topic deleted records before they were read: its retention is too short; reading goes on behind them",
};

/** What the cluster knows about partitions. Keys are those of keyOf, in `topicIds` topics. */
interface Facts {
  readonly bounds: ReadonlyMap<string, Bounds>;
  readonly stored: ReadonlyMap<string, GroupPosition>;
  readonly failed: ReadonlyMap<string, unknown>;
  readonly topicIds: ReadonlyMap<string, string>;
  readonly clusterId: string;
}

/**
 * Makes a reader the owner of those partitions that can be read, under the generation; the others wait. Does nothing when
 * the generation has ended in the meantime.
 */
export async function takeOver(
  parts: ReaderParts,
  generation: Generation,
  places: readonly TopicPartition[],
  ended: AbortSignal,
): Promise<void> {
  const facts = await factsOf(parts, places);
  if (ended.aborted) return;
  const { partitions, unreadable, events } = parts;
  const epoch = partitions.nextEpoch(generation);
  const assigned: Assigned[] = [];
  for (const place of places) {
    const bounds = facts.bounds.get(keyOf(place));
    const error = facts.failed.get(keyOf(place));
    if (bounds === undefined || error !== undefined) {
      partitions.wait(place);
      unreadable.set(place, error === undefined ? noLeader(place) : reasonOf(place, error));
    } else {
      unreadable.clear(place);
      assigned.push(own(parts, place, epoch, bounds, facts));
    }
  }
  partitions.generation = generation;
  events.assign(assigned);
}

async function factsOf(
  { cluster, membership, topics, names }: ReaderParts,
  places: readonly TopicPartition[],
): Promise<Facts> {
  await cluster.refreshMetadata();
  const node = await cluster.findControllerBroker();
  const positions = await membership.positions(places);
  const bounds = await boundsOf(cluster, places);
  const ids = await topicIds(node, topics);
  const metadata = await node.metadata([...topics]);
  return {
    bounds: bounds.found,
    stored: new Map(positions.stored.map((each) => [keyOf(each), each])),
    failed: new Map([...bounds.failed, ...positions.failed]),
    topicIds: ids,
    clusterId: String(Reflect.get(metadata, "clusterId") ?? names.cluster.name),
  };
}

function own(
  { partitions, options, alert }: ReaderParts,
  place: TopicPartition,
  epoch: number,
  bounds: Bounds,
  { stored, topicIds, clusterId }: Facts,
): Assigned {
  const { journal, reread = false, lineage = [] } = options;
  const topicId = topicIds.get(place.topic) ?? "";
  const before = stored.get(keyOf(place));
  const start = startOf(bounds, before, topicId, { journal, reread, lineage });
  const { next, rereadUntil, putBack, metadata } = start;
  if (start.alert !== undefined) alert(ALERTS[start.alert], { ...place, committed: before?.offset, ...bounds });
  const from = { next, since: sinceOf(start, journal), end: bounds.end, rereadUntil };
  partitions.own(new OwnedPartition(place, epoch, topicId, from, performance.now()));
  return {
    kind: "assigned",
    ...place,
    epoch,
    logId: `kafka:${clusterId}:${topicId === "" ? place.topic : topicId}`,
    first: bounds.first,
    end: bounds.end,
    committed: rereadUntil ?? start.committed,
    share: { from: next, journal: metadata?.journal, since: metadata?.since },
    takenOver: rereadUntil !== undefined,
    ...(putBack === undefined ? {} : { putBack }),
  };
}

/** The offset from which on this journal has read everything. */
function sinceOf({ metadata, next }: Start, journal: string): number {
  return metadata?.journal === journal ? Math.min(metadata.since, next) : next;
}
