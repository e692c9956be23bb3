import { TaskwireError } from "../base/errors.js";
import type { ClusterModel } from "./model.js";

export type KafkaCluster = Extract<ClusterModel, { readonly kind: "kafka" }>;

export function isKafka(cluster: ClusterModel): cluster is KafkaCluster {
  return cluster.kind === "kafka";
}

/** `${NAME}` or `${NAME:-default}`; an empty variable counts as missing, as in a shell with `:-`. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** HOST:PORT; an IPv6 address in brackets. */
const ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(\d{1,5})$/;
const LARGEST_PORT = 65_535;

export class MissingVariablesError extends TaskwireError {
  constructor(missing: readonly string[], environment: string | undefined) {
    const whose = environment === undefined ? "the environment" : `environment "${environment}"`;
    super(
      "missing_variables",
      `${whose} needs variables that are not set:\n${missing.map((line) => `  ${line}`).join("\n")}\nset them for this process, or give them a default in the schema: \${NAME:-default}`,
    );
  }
}

export class BrokerAddressError extends TaskwireError {
  constructor(cluster: string, address: string, written: string) {
    super(
      "bad_broker_address",
      `brokers of cluster "${cluster}": expected HOST:PORT, got ${JSON.stringify(address)}${address === written ? "" : ` from ${written}`}; several are separated by commas`,
    );
  }
}

/**
 * The clusters with their variables read from `variables`. `environment`: whose clusters they are, for messages. Throws
 * MissingVariablesError that names all missing ones of all clusters, and BrokerAddressError.
 */
export function resolveClusters(
  clusters: readonly KafkaCluster[],
  variables: Readonly<Record<string, string | undefined>>,
  environment?: string,
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
  if (missing.length > 0) throw new MissingVariablesError([...new Set(missing)], environment);
  for (const [index, { name, brokers }] of resolved.entries()) {
    const written = clusters[index]?.brokers.join(",") ?? "";
    for (const address of brokers) if (!isAddress(address)) throw new BrokerAddressError(name, address, written);
  }
  return resolved;
}

function isAddress(text: string): boolean {
  const port = Number(ADDRESS.exec(text)?.[1]);
  return port > 0 && port <= LARGEST_PORT;
}
