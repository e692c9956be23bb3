import { TaskwireError } from "../base/errors.js";
import type { ClusterModel, PoolModel, SaslModel } from "./model.js";

export type KafkaCluster = Extract<ClusterModel, { readonly kind: "kafka" }>;

export function isKafka(cluster: ClusterModel): cluster is KafkaCluster {
  return cluster.kind === "kafka";
}

/** `${NAME}` or `${NAME:-default}`; an empty variable counts as missing, as in a shell with `:-`. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** The variables that a string refers to. */
export function variablesIn(text: string): { readonly name: string; readonly hasDefault: boolean }[] {
  return [...text.matchAll(REFERENCE)].map(([, name = "", fallback]) => ({ name, hasDefault: fallback !== undefined }));
}

/** HOST:PORT; an IPv6 address in brackets. */
const ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(\d{1,5})$/;
const LARGEST_PORT = 65_535;

class MissingVariablesError extends TaskwireError {
  constructor(missing: readonly string[], environment: string | undefined) {
    const whose = environment === undefined ? "the environment" : `environment "${environment}"`;
    super(
      "missing_variables",
      `${whose} needs variables that are not set:\n${missing.map((line) => `  ${line}`).join("\n")}\nset them for this process, or set a default in the schema: \${NAME:-default}`,
    );
  }
}

class AddressError extends TaskwireError {
  constructor(what: string, address: string, written: string) {
    super(
      "bad_address",
      `${what}: expected HOST:PORT, got ${JSON.stringify(address)}${address === written ? "" : ` from ${written}`}; separate several by commas`,
    );
  }
}

type Push = NonNullable<PoolModel["push"]>;
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Clusters with their variables replaced by `variables`. `environment`: its name, for messages. Throws
 * MissingVariablesError, which lists the missing variables of all clusters, and AddressError.
 */
export function resolveClusters(
  clusters: readonly KafkaCluster[],
  variables: Variables,
  environment?: string,
): KafkaCluster[] {
  const filling = new Filling(variables);
  const resolved = clusters.map((cluster) => filling.kafka(cluster));
  filling.check(environment);
  return resolved;
}

/** The same for one cluster of any kind. */
export function resolveCluster(cluster: ClusterModel, variables: Variables, environment?: string): ClusterModel {
  const filling = new Filling(variables);
  const resolved = filling.cluster(cluster);
  filling.check(environment);
  return resolved;
}

/** The addresses that a broker pushes to. Also checks its clusters, so that all missing variables are reported at once. */
export function resolvePush(
  push: Push,
  clusters: readonly ClusterModel[],
  variables: Variables,
  environment?: string,
): Push {
  const filling = new Filling(variables);
  for (const cluster of clusters) filling.cluster(cluster);
  const resolved = push.map(({ application, addresses }) => {
    const what = `push of application "${application}"`;
    return { application, addresses: [...new Set(filling.addresses(addresses, what, what))] };
  });
  filling.check(environment);
  return resolved;
}

/** Replaces variables in strings, and collects what is missing or wrong. */
class Filling {
  readonly #variables: Variables;
  readonly #missing = new Set<string>();
  readonly #wrong: AddressError[] = [];

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  cluster(cluster: ClusterModel): ClusterModel {
    if (cluster.kind === "kafka") return this.kafka(cluster);
    if (cluster.kind === "memory") return cluster;
    return { ...cluster, file: this.#text(cluster.file, `cluster "${cluster.name}", sqlite`) };
  }

  kafka({ name, kind, brokers, tls, certificates, sasl }: KafkaCluster): KafkaCluster {
    const text = (key: string, value: string) => this.#text(value, `cluster "${name}", ${key}`);
    return {
      name,
      kind,
      tls,
      brokers: this.addresses(brokers, `cluster "${name}", brokers`, `brokers of cluster "${name}"`),
      ...(certificates === undefined
        ? {}
        : {
            certificates: {
              ...(certificates.ca === undefined ? {} : { ca: text("tls.ca", certificates.ca) }),
              ...(certificates.cert === undefined ? {} : { cert: text("tls.cert", certificates.cert) }),
              ...(certificates.key === undefined ? {} : { key: text("tls.key", certificates.key) }),
            },
          }),
      ...(sasl === undefined ? {} : { sasl: filledSasl(sasl, text) }),
    };
  }

  /** One variable may contain several addresses. */
  addresses(texts: readonly string[], where: string, what: string): string[] {
    return texts.flatMap((text) => {
      const addresses = this.#text(text, where)
        .split(",")
        .map((each) => each.trim());
      this.#wrong.push(
        ...addresses.filter((each) => !isAddress(each)).map((each) => new AddressError(what, each, text)),
      );
      return addresses;
    });
  }

  /** Throws an error for the collected problems, if any. */
  check(environment: string | undefined): void {
    if (this.#missing.size > 0) throw new MissingVariablesError([...this.#missing], environment);
    const [wrong] = this.#wrong;
    if (wrong !== undefined) throw wrong;
  }

  #text(text: string, where: string): string {
    return text.replace(REFERENCE, (whole, variable: string, fallback: string | undefined) => {
      const value = this.#variables[variable];
      if (value !== undefined && value !== "") return value;
      if (fallback !== undefined) return fallback;
      this.#missing.add(`${variable} (${where})`);
      return whole;
    });
  }
}

function filledSasl(sasl: SaslModel, text: (key: string, value: string) => string): SaslModel {
  if ("username" in sasl) {
    const { mechanism, username, password } = sasl;
    return { mechanism, username: text("sasl.username", username), password: text("sasl.password", password) };
  }
  if ("region" in sasl) return { ...sasl, region: text("sasl.region", sasl.region) };
  if ("tokenFile" in sasl) return { ...sasl, tokenFile: text("sasl.token_file", sasl.tokenFile) };
  const { mechanism, tokenUrl, clientId, clientSecret, scope } = sasl;
  return {
    mechanism,
    tokenUrl: text("sasl.token_url", tokenUrl),
    clientId: text("sasl.client_id", clientId),
    clientSecret: text("sasl.client_secret", clientSecret),
    ...(scope === undefined ? {} : { scope: text("sasl.scope", scope) }),
  };
}

function isAddress(text: string): boolean {
  const port = Number(ADDRESS.exec(text)?.[1]);
  return port > 0 && port <= LARGEST_PORT;
}
