import { TaskwireError } from "../base/errors.js";
import type { ClusterModel } from "./model.js";

export type KafkaCluster = Extract<ClusterModel, { readonly kind: "kafka" }>;

export function isKafka(cluster: ClusterModel): cluster is KafkaCluster {
  return cluster.kind === "kafka";
}

/** `${NAME}` or `${NAME:-default}`; an empty variable counts as missing, as in a shell with `:-`. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

export class MissingVariablesError extends TaskwireError {
  constructor(missing: readonly string[]) {
    super(
      "missing_variables",
      `the environment needs variables that are not set:\n${missing.map((line) => `  ${line}`).join("\n")}`,
    );
  }
}

/**
 * The clusters with their variables read from `variables`. Throws MissingVariablesError that names all missing ones of all
 * clusters.
 */
export function resolveClusters(
  clusters: readonly KafkaCluster[],
  variables: Readonly<Record<string, string | undefined>>,
): KafkaCluster[] {
  const missing: string[] = [];
  const resolved = clusters.map(({ name, kind, brokers, tls, sasl }) => {
    const fill = (key: string, text: string) =>
      text.replace(REFERENCE, (whole, variable: string, fallback: string | undefined) => {
        const value = variables[variable];
        if (value !== undefined && value !== "") return value;
        if (fallback !== undefined) return fallback;
        missing.push(`${variable} (cluster "${name}", ${key})`);
        return whole;
      });
    return {
      name,
      kind,
      tls,
      // One variable may list several.
      brokers: brokers.flatMap((broker) =>
        fill("brokers", broker)
          .split(",")
          .map((each) => each.trim()),
      ),
      ...(sasl === undefined
        ? {}
        : {
            sasl: {
              mechanism: sasl.mechanism,
              username: fill("sasl.username", sasl.username),
              password: fill("sasl.password", sasl.password),
            },
          }),
    };
  });
  if (missing.length > 0) throw new MissingVariablesError([...new Set(missing)]);
  return resolved;
}
