import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";

export interface Candidate {
  readonly member: string;
  readonly topics: readonly string[];
  /** The partitions that it held in the generation before. */
  readonly held: readonly TopicPartition[];
}

/**
 * Assigns partitions to members, as evenly as possible; members keep partitions as far as that allows. The result does not
 * depend on the order of the candidates.
 */
export function assign(
  places: readonly TopicPartition[],
  candidates: readonly Candidate[],
): Map<string, TopicPartition[]> {
  const members = [...candidates].sort((a, b) => (a.member < b.member ? -1 : 1));
  const given = new Map<string, TopicPartition[]>(members.map(({ member }) => [member, []]));
  const rest = new Map(places.map((place) => [keyOf(place), place]));
  const load = (member: string) => given.get(member)?.length ?? 0;
  const fair = Math.ceil(places.length / Math.max(members.length, 1));
  for (const { member, topics, held } of members) {
    for (const before of held) {
      const place = rest.get(keyOf(before));
      if (place === undefined || load(member) >= fair || !topics.includes(place.topic)) continue;
      given.get(member)?.push(place);
      rest.delete(keyOf(place));
    }
  }
  for (const place of rest.values()) {
    let least: Candidate | undefined;
    for (const candidate of members) {
      if (!candidate.topics.includes(place.topic)) continue;
      if (least === undefined || load(candidate.member) < load(least.member)) least = candidate;
    }
    if (least !== undefined) given.get(least.member)?.push(place);
  }
  // After keeping partitions one member may have two more than another.
  for (;;) {
    const most = members.reduce<Candidate | undefined>(
      (found, each) => (found === undefined || load(each.member) > load(found.member) ? each : found),
      undefined,
    );
    const from = given.get(most?.member ?? "");
    const moved = from?.findIndex(({ topic }) =>
      members.some((to) => to.topics.includes(topic) && load(to.member) + 1 < (from?.length ?? 0)),
    );
    if (from === undefined || moved === undefined || moved < 0) return given;
    const [place] = from.splice(moved, 1);
    if (place === undefined) return given;
    const least = members
      .filter(({ topics }) => topics.includes(place.topic))
      .reduce((found, each) => (load(each.member) < load(found.member) ? each : found));
    given.get(least.member)?.push(place);
  }
}
