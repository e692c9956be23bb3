import type { Status } from "../../../../runtime/operations/status/document.js";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { visible } from "../../parts/text/clip.ts";
import { Clipped } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count, plural } from "../../parts/text/number.ts";
import { LimitBar } from "./limit-bar.tsx";
import { limitsOf } from "./limits.ts";
import { type TopicFacts, topicFacts } from "./topic-facts.ts";

/** The topics that a broker reads, with their partitions and limits. */
export function Topics({ status }: { readonly status: Status }) {
  const topics = topicFacts(status);
  if (topics.length === 0) return <p class="muted">This broker reads no topic.</p>;
  return (
    <ul class="topics">
      {topics.map((facts) => (
        <TopicItem key={facts.topic} facts={facts} />
      ))}
    </ul>
  );
}

function TopicItem({ facts }: { readonly facts: TopicFacts }) {
  const { topic, partitions, unreadable, limits, lag } = facts;
  const pauses = limits?.paused ?? [];
  return (
    <li class="topic">
      <div class="topic-head">
        <h3 class="mono">
          <Clipped text={topic} longest={50} />
        </h3>
        <Reading facts={facts} />
        <span class="muted">
          {plural(partitions.length, "partition")} here
          {partitions.length > 0 && (
            <>, {lag === null ? "an unknown number of records" : plural(lag, "record")} not read yet</>
          )}
        </span>
      </div>
      {unreadable !== null && <Unread of={unreadable} />}
      {pauses.map(({ reason, message }) => (
        <p key={reason} class="not-ready">
          <span class="mono">{reason}</span> {visible(message)}
        </p>
      ))}
      {limits !== null && (
        <div class="limits">
          {limitsOf(limits).map((limit) => (
            <LimitBar key={limit.name} of={limit} />
          ))}
          <div class="limit">
            <span class="limit-name">parked</span>
            <span class="number">{count(limits.parked)}</span>
            <span class="muted limit-none">on disk, no limit of its own</span>
          </div>
        </div>
      )}
      {partitions.length > 0 && <PartitionTable facts={facts} />}
    </li>
  );
}

function Reading({ facts: { partitions, unreadable, limits } }: { readonly facts: TopicFacts }) {
  if (unreadable !== null || partitions.some((each) => each.unreadable !== null)) {
    return <StateMark of="stopped" word="cannot be read" />;
  }
  if ((limits?.paused.length ?? 0) > 0 || partitions.some(({ paused }) => paused)) {
    return <StateMark of="slow" word="reading paused" />;
  }
  return <StateMark of="fine" word="reading" />;
}

function Unread({ of }: { readonly of: NonNullable<TopicFacts["unreadable"]> }) {
  return (
    <p class="not-ready">
      <span class="mono">{of.code}</span> {visible(of.message)}, for {durationWords(of.forMs)}
    </p>
  );
}

function PartitionTable({ facts: { topic, partitions } }: { readonly facts: TopicFacts }) {
  return (
    <details class="partitions">
      <summary>Partitions</summary>
      <table class="table">
        <caption class="visually-hidden">Partitions of {visible(topic)}</caption>
        <thead>
          <tr>
            <th scope="col" class="numeric">
              Partition
            </th>
            <th scope="col" class="numeric">
              Position
            </th>
            <th scope="col" class="numeric">
              Not read yet
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {partitions.map(({ partition, position, lag, paused, unreadable }) => (
            <tr key={partition}>
              <td class="numeric">{partition}</td>
              <td class="numeric">{count(position)}</td>
              <td class="numeric">{lag === null ? <span class="muted">unknown</span> : count(lag)}</td>
              <td>{unreadable === null ? (paused ? "paused" : "reading") : visible(unreadable.message)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
