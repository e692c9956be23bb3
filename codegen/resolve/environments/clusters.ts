import type { ClusterModel } from "taskwire/model";
import type { EnvironmentSpec } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { quoted } from "../../read/node.js";
import { variableText } from "./variable-text.js";

type ClusterEntry = NonNullable<EnvironmentSpec["clusters"]>["value"][number];
type KafkaSpec = NonNullable<ClusterEntry["value"]["kafka"]>["value"];
type KafkaModel = Extract<ClusterModel, { readonly kind: "kafka" }>;

/** The keys that a mechanism needs, and those that it may have. */
const KEYS = {
  plain: [["username", "password"], []],
  "scram-sha-256": [["username", "password"], []],
  "scram-sha-512": [["username", "password"], []],
  oauthbearer: [[], ["token_file", "token_url", "client_id", "client_secret", "scope"]],
  "aws-msk-iam": [["region"], []],
} as const;
const ALL_KEYS = [
  "username",
  "password",
  "token_file",
  "token_url",
  "client_id",
  "client_secret",
  "scope",
  "region",
] as const;

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
  const tls = kafka.tls?.value;
  const certificates = resolveCertificates(kafka, problems);
  const sasl = resolveSasl(kafka, problems);
  return {
    ...{ name, kind: "kafka", brokers, tls: tls?.kind === "scalar" ? tls.value : tls !== undefined },
    ...(certificates === undefined ? {} : { certificates }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function resolveCertificates({ tls }: KafkaSpec, problems: Problems): KafkaModel["certificates"] {
  if (tls?.value.kind !== "structure") return undefined;
  const { ca, cert, key } = tls.value.value;
  for (const file of [ca, cert, key]) if (file !== undefined) variableText(file, problems);
  const half = cert === undefined ? key : cert;
  if (half !== undefined && (cert === undefined || key === undefined)) {
    const other = cert === undefined ? "cert" : "key";
    const expected = "a certificate and its key";
    const hint = `add ${other}: "FILE.pem"`;
    problems.add(half.place, {
      code: "bad_access",
      path: tls.path,
      expected,
      got: `only ${other === "key" ? "cert" : "key"}`,
      hint,
    });
  }
  return {
    ...(ca === undefined ? {} : { ca: ca.value }),
    ...(cert === undefined ? {} : { cert: cert.value }),
    ...(key === undefined ? {} : { key: key.value }),
  };
}

function resolveSasl({ sasl }: KafkaSpec, problems: Problems): KafkaModel["sasl"] {
  const spec = sasl?.value;
  if (sasl === undefined || spec === undefined) return undefined;
  const texts = new Map<string, string>();
  for (const key of ALL_KEYS) {
    const entry = spec[key];
    if (entry !== undefined) texts.set(key, variableText(entry, problems));
  }
  if (spec.mechanism === undefined) return undefined;
  const mechanism = spec.mechanism.value;
  const [needed, allowed]: readonly [readonly string[], readonly string[]] = KEYS[mechanism];
  for (const key of ALL_KEYS) {
    const entry = spec[key];
    if (entry === undefined || needed.includes(key) || allowed.includes(key)) continue;
    const of = `a key of sasl mechanism ${quoted(mechanism)} (${[...needed, ...allowed].join(", ")})`;
    problems.add(entry.keyPlace, {
      code: "bad_access",
      path: sasl.path,
      expected: of,
      got: quoted(key),
      sentence: `sasl mechanism ${quoted(mechanism)} does not take ${key}`,
      hint: `remove it; it takes ${[...needed, ...allowed].join(", ")}`,
    });
  }
  const lacking = (keys: readonly string[]) => keys.filter((key) => !texts.has(key));
  const report = (keys: readonly string[]) => {
    for (const key of keys) {
      const sentence = `${key} is missing in sasl; mechanism ${quoted(mechanism)} needs it`;
      const facts = { path: `${sasl.path}.${key}`, expected: `it with mechanism ${quoted(mechanism)}`, got: "nothing" };
      problems.add(sasl.place, { code: "bad_access", ...facts, sentence, hint: `add ${key}: "..."` });
    }
  };
  const text = (key: string) => texts.get(key) ?? "";
  switch (mechanism) {
    case "oauthbearer": {
      const scope = texts.get("scope");
      if (!texts.has("token_url")) {
        if (!texts.has("token_file")) report(["token_file"]);
        return { mechanism, tokenFile: text("token_file") };
      }
      report(lacking(["client_id", "client_secret"]));
      const client = { tokenUrl: text("token_url"), clientId: text("client_id"), clientSecret: text("client_secret") };
      return { mechanism, ...client, ...(scope === undefined ? {} : { scope }) };
    }
    case "aws-msk-iam":
      report(lacking(needed));
      return { mechanism, region: text("region") };
    default:
      report(lacking(needed));
      return { mechanism, username: text("username"), password: text("password") };
  }
}
