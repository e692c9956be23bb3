import type { ClusterModel } from "taskwire/model";
import type { EnvironmentSpec } from "../language/index.js";
import type { Problems } from "../problem.js";
import { variableText } from "./variable-text.js";

type ClusterEntry = NonNullable<EnvironmentSpec["clusters"]>["value"][number];

/** Undefined when the cluster was reported. */
export function resolveCluster(entry: ClusterEntry, problems: Problems): ClusterModel | undefined {
  const { key: name, value: spec } = entry;
  if (spec.memory !== undefined) return { name, kind: "memory" };
  if (spec.sqlite !== undefined) {
    return { name, kind: "sqlite", file: variableText(spec.sqlite, problems) };
  }
  const kafka = spec.kafka?.value;
  if (kafka?.brokers === undefined) return undefined;
  const brokers = kafka.brokers.value.map((broker) => variableText(broker, problems));
  const tls = kafka.tls?.value ?? false;
  const { mechanism, username, password } = kafka.sasl?.value ?? {};
  for (const entry of [username, password]) if (entry !== undefined) variableText(entry, problems);
  if (mechanism === undefined || username === undefined || password === undefined)
    return { name, kind: "kafka", brokers, tls };
  const sasl = { mechanism: mechanism.value, username: username.value, password: password.value };
  return { name, kind: "kafka", brokers, tls, sasl };
}
