import type { Observed, Pool, Seen } from "../finding.js";
import { counted, span } from "../words.js";

/** As readiness: shorter interruptions of a log are normal. */
const TOO_LONG_MS = 10_000;
/** Activations named. */
const MOST_NAMED = 3;

/** The log: what cannot be read, and what it does not take. */
export function ofLogs({ brokers }: Pool): Seen[] {
  return brokers.flatMap((observed) => [
    ...away(observed),
    ...unreadable(observed),
    ...unassigned(observed),
    ...publishing(observed),
    ...unpublishable(observed),
  ]);
}

function away({ broker, status: { notReady } }: Observed): Seen[] {
  return notReady
    .filter(({ code }) => code === "not_assigned")
    .map(({ message }) => ({
      code: "log_away",
      level: "stopped",
      broker,
      subject: { kind: "broker", name: broker },
      text: message,
      hint: "check that the cluster runs, its addresses and this login: `taskwire topics --env NAME` on the broker's machine says what it answers",
    }));
}

type Unreadable = Observed["status"]["unreadable"][number];

const HINTS: Readonly<Record<Unreadable["code"], string>> = {
  topic_missing: "create it: `taskwire topics --env NAME --create`",
  no_leader: "start the Kafka brokers that hold its copies",
  forbidden: "allow this login to read the topic (READ and DESCRIBE)",
  unreachable: "start that Kafka broker, or open the network between it and this broker",
  undecodable: "look at the record at this position: another program may write the topic, or the disk lost it",
  refused: "look at the log of the Kafka broker that leads the partition",
  stalled: "look at the Kafka broker that leads the partition, and restart this broker if others read it",
};

/** One finding per topic and cause; its partitions are counted. */
function unreadable({ broker, status: { unreadable, notReady } }: Observed): Seen[] {
  const lasting = unreadable.filter(({ forMs }) => forMs > TOO_LONG_MS);
  const byCause = new Map<string, [Unreadable, ...Unreadable[]]>();
  for (const each of lasting) {
    const key = `${each.topic}\0${each.code}`;
    const known = byCause.get(key);
    if (known === undefined) byCause.set(key, [each]);
    else known.push(each);
  }
  const level = notReady.some(({ code }) => code === "unreadable") ? "stopped" : "slow";
  return [...byCause.values()].map(([first, ...others]) => ({
    code: "topic_unreadable",
    level,
    age: Math.max(...[first, ...others].map(({ forMs }) => forMs)),
    broker,
    subject: { kind: "topic", name: first.topic },
    text: first.message,
    evidence: others.length === 0 ? [] : [`the same holds for ${counted(others.length, "further partition")}`],
    hint: HINTS[first.code],
  }));
}

function unassigned({ broker, status: { topics, notReady, unreadable } }: Observed): Seen[] {
  if (topics.length > 0 || notReady.length > 0 || unreadable.length > 0) return [];
  return [
    {
      code: "no_partitions",
      level: "warning",
      broker,
      subject: { kind: "broker", name: broker },
      text: "the broker reads no partition: other brokers of its pool read them all",
      hint: "nothing, if the pool has more brokers than partitions: it takes over when one of them ends. Else look for brokers of the same pool that should not run",
    },
  ];
}

function publishing({ broker, status: { publishing } }: Observed): Seen[] {
  return publishing
    .filter(({ failingFor }) => failingFor > TOO_LONG_MS)
    .map(({ topic, waiting, failingFor, error }) => ({
      code: "publishing_fails",
      level: "slow",
      age: failingFor,
      broker,
      subject: { kind: "topic", name: topic },
      text: `the log has rejected retries, dead letters or forwarded records for topic ${topic} for ${span(failingFor)}: ${counted(waiting, "record")} ${waiting === 1 ? "waits" : "wait"}`,
      evidence: [`the log says: ${error}`],
      hint: "create the topic if it is missing (`taskwire topics --env NAME --create`), or allow this login to write it; nothing is lost meanwhile",
    }));
}

function unpublishable({ broker, status: { unpublishable } }: Observed): Seen[] {
  const { count, named } = unpublishable;
  if (count === 0) return [];
  return [
    {
      code: "unpublishable",
      level: "warning",
      broker,
      subject: { kind: "broker", name: broker },
      text: `the log permanently rejects the retry or dead letter of ${counted(count, "activation")}`,
      evidence: named
        .slice(0, MOST_NAMED)
        .map(
          ({ id, topic, partition, offset, bytes, error }) =>
            `${id} (${topic}/${partition}/${offset}, ${counted(bytes, "byte")}): ${error}`,
        ),
      hint: "raise the topic's `max.message.bytes`, or fix what the log says; the broker tries again after its next start",
    },
  ];
}
