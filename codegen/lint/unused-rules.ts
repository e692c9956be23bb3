import type { Node } from "../read/node.js";
import type { Finding, LintInput, Rule } from "./rule.js";
import { type Declared, declared, declaredIn, entriesOf, textOf, valueAt } from "./tree.js";

const unusedType: Rule = {
  code: "unused_type",
  meaning: "No parameter of a task uses the type, directly or inside another type.",
  find({ files, tasks }) {
    const types = declared(files, "types");
    const byName = new Map(types.map((type) => [type.name, type]));
    const used = new Set<string>();
    const use = (fields: Node | undefined): void => {
      for (const { value } of entriesOf(fields)) {
        const [name = ""] = /^\w+/.exec(textOf(value.kind === "mapping" ? valueAt(value, "type") : value)) ?? [];
        const type = byName.get(name);
        if (type === undefined || used.has(name)) continue;
        used.add(name);
        use(valueAt(type.node, "fields"));
      }
    };
    for (const { node } of tasks) use(valueAt(node, "parameters"));
    return unused(types, used, "no task has a parameter of this type; use it, or remove it");
  },
};

const unusedPolicy: Rule = {
  code: "unused_policy",
  meaning: "No task, namespace or default uses the retry policy.",
  find({ files, defaults, namespaces, tasks }) {
    const used = new Set([defaults, ...namespaces, ...tasks].map((one) => textOf(valueAt(one?.node, "retry"))));
    return unused(declared(files, "retry_policies"), used, "no task or namespace uses it; use it, or remove it");
  },
};

const unusedCluster: Rule = {
  code: "unused_cluster",
  meaning: "No topic of the environment is on the cluster.",
  find: (input) =>
    inEnvironments(input, (environment, path) => {
      const topics = entriesOf(valueAt(environment, "topics"));
      const used = new Set(topics.map(({ value }) => textOf(valueAt(value, "cluster"))));
      return unused(
        declaredIn(valueAt(environment, "clusters"), `${path}.clusters`),
        used,
        "no topic is on it; remove it",
      );
    }),
};

const unusedTopic: Rule = {
  code: "unused_topic",
  meaning: "No namespace is routed to the topic, and no topic uses it for retries or dead letters.",
  find: (input) =>
    inEnvironments(input, (environment, path) => {
      const topics = entriesOf(valueAt(environment, "topics"));
      const used = new Set([
        ...entriesOf(valueAt(environment, "routes")).map(({ value }) => textOf(value)),
        ...topics.flatMap(({ value }) => [textOf(valueAt(value, "retry")), textOf(valueAt(value, "dead_letter"))]),
      ]);
      const demoted =
        "no namespace is routed to it; route one, or remove it (if demoted namespaces need it, ignore this warning by a comment)";
      return unused(declaredIn(valueAt(environment, "topics"), `${path}.topics`), used, demoted);
    }),
};

const secretInSchema: Rule = {
  code: "secret_in_schema",
  meaning: "A password or secret is in the schema instead of in an environment variable.",
  find: (input) =>
    kafkas(input, (kafka, path) => {
      return ["password", "client_secret"].flatMap((key) => {
        const secret = valueAt(kafka, "sasl", key);
        if (secret === undefined || textOf(secret).includes("${")) return [];
        const text = `is in plain text, and so in every copy of the repository; read it from a variable such as KAFKA_${key.toUpperCase()}`;
        return [{ place: secret.place, path: `${path}.sasl.${key}`, text }];
      });
    }),
};

const passwordInClear: Rule = {
  code: "password_in_clear",
  meaning: "A password or token is sent over an unencrypted connection.",
  find: (input) =>
    kafkas(input, (kafka, path) => {
      const mechanism = valueAt(kafka, "sasl", "mechanism");
      const tls = valueAt(kafka, "tls");
      if (mechanism === undefined || !["plain", "oauthbearer"].includes(textOf(mechanism))) return [];
      if (tls?.kind === "mapping" || (tls?.kind === "scalar" && tls.value === true)) return [];
      const text =
        textOf(mechanism) === "plain"
          ? "sends the password unencrypted; add tls: true, or use scram-sha-512"
          : "sends the token unencrypted; add tls: true";
      return [{ place: mechanism.place, path: `${path}.sasl.mechanism`, text }];
    }),
};

function unused(all: readonly Declared[], used: ReadonlySet<string>, text: string): readonly Finding[] {
  return all.filter(({ name }) => !used.has(name)).map(({ place, path }) => ({ place, path, text }));
}

function inEnvironments(
  { files }: LintInput,
  find: (environment: Node, path: string) => readonly Finding[],
): readonly Finding[] {
  return declared(files, "environments").flatMap(({ node, path }) => find(node, path));
}

function kafkas(input: LintInput, find: (kafka: Node, path: string) => readonly Finding[]): readonly Finding[] {
  return inEnvironments(input, (environment, path) =>
    declaredIn(valueAt(environment, "clusters"), `${path}.clusters`).flatMap((cluster) => {
      const kafka = valueAt(cluster.node, "kafka");
      return kafka === undefined ? [] : find(kafka, `${cluster.path}.kafka`);
    }),
  );
}

export const UNUSED_RULES: readonly Rule[] = [
  unusedType,
  unusedPolicy,
  unusedCluster,
  unusedTopic,
  secretInSchema,
  passwordInClear,
];
