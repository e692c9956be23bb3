import type { Observed, Seen } from "../finding.js";
import { counted, listed } from "../words.js";

/** A broker that gave no status. */
export interface Silent {
  readonly broker: string;
  readonly error: string;
  /** What the error says to do. */
  readonly hint?: string;
}

/** What only several brokers together show. */
export function ofFleet(brokers: readonly Observed[], silent: readonly Silent[]): Seen[] {
  return [...silent.map(away), ...versions(brokers)];
}

function away({ broker, error, hint }: Silent): Seen {
  return {
    code: "broker_silent",
    level: "stopped",
    broker,
    subject: { kind: "broker", name: broker },
    text: `the broker at ${broker} does not answer`,
    evidence: [error],
    hint: `${hint === undefined ? "" : `${hint}; `}what it has in flight is on its disk, and other brokers of a Kafka pool take over its partitions`,
  };
}

function versions(brokers: readonly Observed[]): Seen[] {
  const byVersion = new Map<string, string[]>();
  for (const { broker, status } of brokers) {
    const { version } = status.broker;
    byVersion.set(version, [...(byVersion.get(version) ?? []), broker]);
  }
  const [first] = brokers;
  if (byVersion.size < 2 || first === undefined) return [];
  return [
    {
      code: "broker_versions",
      level: "warning",
      subject: { kind: "broker", name: first.broker },
      text: `${counted(brokers.length, "broker")} have ${counted(byVersion.size, "version")}`,
      evidence: [...byVersion].map(([version, names]) => `${version}: ${listed(names)}`),
      hint: "nothing during an upgrade; else upgrade the older ones",
    },
  ];
}
