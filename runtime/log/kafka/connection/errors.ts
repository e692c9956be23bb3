import { messageOf, TaskwireError } from "../../../base/errors.js";
import type { KafkaCluster } from "../../../model/variables.js";
import { describeLogin } from "./login.js";

/** A cluster and its environment, for messages. */
export interface ClusterNames {
  readonly cluster: KafkaCluster;
  /** The environment of the schema; undefined when unknown. */
  readonly environment: string | undefined;
}

export class TopicMissingError extends TaskwireError {
  constructor(topics: readonly string[], { cluster, environment }: ClusterNames) {
    const names = topics.map((topic) => `"${topic}"`).join(", ");
    super(
      "topic_missing",
      `${topics.length === 1 ? `topic ${names} does` : `topics ${names} do`} not exist on cluster "${cluster.name}" (${cluster.brokers.join(", ")}); run taskwire topics --env ${environment ?? "NAME"} --create`,
    );
  }
}

/** An error of kafkajs, or its cause, in plain words. `doing`: a verb phrase such as `append to topic "x"`. */
export function kafkaError(error: unknown, doing: string, names: ClusterNames): TaskwireError {
  if (error instanceof TaskwireError) return error;
  const causes = causesOf(error);
  // The error of a token or certificate that cannot be read says what to do.
  const own = causes.find((cause) => cause instanceof TaskwireError);
  if (own !== undefined) return own;
  const { name, brokers, sasl, tls } = names.cluster;
  const where = `cluster "${name}" (${brokers.join(", ")})`;
  const root = messageOf(causes.at(-1));
  const options = { cause: error };
  if (causes.some((cause) => nameOf(cause) === "KafkaJSSASLAuthenticationError")) {
    const login = describeLogin(sasl);
    const check = sasl === undefined || "username" in sasl ? "mechanism, username and password" : "mechanism and token";
    return new TaskwireError(
      "kafka_authentication",
      `cannot ${doing}: ${where} refuses ${login}: ${root}; check the ${check} under sasl of the cluster`,
      options,
    );
  }
  const type = causes.map(typeOf).find((each) => each !== "");
  if (type?.endsWith("AUTHORIZATION_FAILED") === true) {
    return new TaskwireError(
      "kafka_forbidden",
      `cannot ${doing}: ${where} does not allow it: ${root}; ${sasl === undefined ? "the cluster has no sasl login" : `grant it to ${describeLogin(sasl)}`}`,
      options,
    );
  }
  if (causes.some((cause) => /^KafkaJS(Connection|RequestTimeout|BrokerNotFound|NoBroker)/.test(nameOf(cause)))) {
    return new TaskwireError(
      "kafka_unreachable",
      `cannot ${doing}: no broker of ${where} answers: ${root}; check that Kafka runs there, that the environment lists its address under brokers, and that tls: ${tls} and sasl match its listener`,
      options,
    );
  }
  return new TaskwireError("kafka_failed", `cannot ${doing}: ${where} reports: ${root}`, options);
}

/** The coordinator of a group is not ready, or is another node now: a retry helps. */
export const COORDINATOR_AWAY: ReadonlySet<string> = new Set([
  "NOT_COORDINATOR_FOR_GROUP",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "GROUP_LOAD_IN_PROGRESS",
]);

/** Type of a Kafka protocol error, such as `ILLEGAL_GENERATION`, in an error or its causes; "" when there is none. */
export function protocolType(error: unknown): string {
  return (
    causesOf(error)
      .map(typeOf)
      .find((type) => type !== "") ?? ""
  );
}

function typeOf(error: unknown): string {
  return error instanceof Error && "type" in error && typeof error.type === "string" ? error.type : "";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** An error and its causes, outermost first. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && causes.length < 10; ) {
    causes.push(at);
    at = at instanceof Error ? at.cause : undefined;
  }
  return causes;
}
