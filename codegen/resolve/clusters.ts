import type { ClusterModel } from "taskwire/model";
import type { Entry, EnvironmentSpec } from "../language/index.js";
import type { Problems } from "../problem.js";
import { quoted } from "../read/node.js";

type ClusterEntry = NonNullable<EnvironmentSpec["clusters"]>["value"][number];

/** Undefined when the cluster was reported. */
export function resolveCluster(entry: ClusterEntry, problems: Problems): ClusterModel | undefined {
  const { key: name, value: spec } = entry;
  if (spec.memory !== undefined) return { name, kind: "memory" };
  if (spec.sqlite !== undefined) {
    return { name, kind: "sqlite", file: text(spec.sqlite, problems) };
  }
  const kafka = spec.kafka?.value;
  if (kafka?.brokers === undefined) return undefined;
  const brokers = kafka.brokers.value.map((broker) => text(broker, problems));
  const tls = kafka.tls?.value ?? false;
  const { mechanism, username, password } = kafka.sasl?.value ?? {};
  for (const entry of [username, password]) if (entry !== undefined) text(entry, problems);
  if (mechanism === undefined || username === undefined || password === undefined)
    return { name, kind: "kafka", brokers, tls };
  const sasl = { mechanism: mechanism.value, username: username.value, password: password.value };
  return { name, kind: "kafka", brokers, tls, sasl };
}

/** A text that may hold ${NAME} and ${NAME:-default}: kept as it is, read when a process connects. */
function text(entry: Entry<string>, problems: Problems): string {
  const rest = entry.value.replace(/\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}/g, "");
  if (rest.includes("${")) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
    const expected = "variables of the form ${NAME} or ${NAME:-default}";
    problems.add(entry.place, { code: "bad_variable", path: entry.path, expected, got: quoted(entry.value) });
  }
  return entry.value;
}
