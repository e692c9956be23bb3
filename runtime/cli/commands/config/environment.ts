import { formatDuration } from "../../../base/duration.js";
import { mebibytes } from "../../../base/text.js";
import { DEFAULT_LIMITS } from "../../../broker/inflight/limits.js";
import { deadLetterTopics } from "../../../model/dead-letter-topics.js";
import type { ClusterModel, EnvironmentModel, PoolModel, TopicModel } from "../../../model/model.js";
import { resolveCluster, variablesIn } from "../../../model/variables.js";
import { type Setting, secretOf } from "./setting.js";

/** Keys whose values nobody should see. */
const SECRET = /^(password|clientSecret)$/;

/** What the schema says of an environment, with its variables replaced. */
export function environmentSettings(environment: EnvironmentModel): Setting[] {
  return [
    ...environment.clusters.flatMap((cluster) => clusterSettings(cluster, environment.name)),
    ...environment.topics.flatMap((topic) => topicSettings(topic, environment)),
    ...environment.routes.map(({ namespace, topic }) => schema(`route of ${namespace}`, topic)),
    ...environment.pools.flatMap(poolSettings),
  ];
}

function schema(setting: string, value: string): Setting {
  return { setting, value, source: "schema" };
}

function clusterSettings(cluster: ClusterModel, environment: string): Setting[] {
  const declared = leaves(cluster);
  let resolved: ReadonlyMap<string, string>;
  try {
    resolved = leaves(resolveCluster(cluster, process.env, environment));
  } catch {
    resolved = new Map();
  }
  return [...declared]
    .filter(([path]) => path !== "name")
    .map(([path, text]) => {
      const variables = variablesIn(text);
      const missing = variables.filter(({ name, hasDefault }) => !hasDefault && (process.env[name] ?? "") === "");
      const value = resolved.get(path) ?? text;
      const set = variables.filter(({ name }) => (process.env[name] ?? "") !== "").map(({ name }) => name);
      const secret = SECRET.test(path.split(".").at(-1) ?? "");
      return {
        setting: `cluster ${cluster.name}: ${snake(path)}`,
        value:
          missing.length > 0
            ? `${missing.map(({ name }) => name).join(", ")} is not set`
            : secret
              ? secretOf(value.length)
              : value,
        source: set.length === 0 ? "schema" : `schema, variable ${set.join(", ")}`,
      };
    });
}

function topicSettings(
  { name, cluster, partitions, deadLetter, retry }: TopicModel,
  environment: EnvironmentModel,
): Setting[] {
  const retention = deadLetterTopics(environment)
    .filter((topic) => topic.name === deadLetter && topic.cluster === cluster)
    .map(({ retention, isDefault }) => ({
      setting: `topic ${name}: dead_letter_retention`,
      value: retention === undefined ? "none" : formatDuration(retention),
      source: isDefault ? "default" : "schema",
    }));
  const own = (key: string) => `topic ${name}: ${key}`;
  return [
    schema(own("cluster"), cluster),
    schema(own("partitions"), String(partitions)),
    { setting: own("dead_letter"), value: deadLetter, source: deadLetter === `${name}-dlq` ? "default" : "schema" },
    { setting: own("retry"), value: retry, source: retry === name ? "default" : "schema" },
    ...retention,
  ];
}

function poolSettings(pool: PoolModel): Setting[] {
  const own = (key: string) => `pool ${pool.name}: ${key}`;
  const limit = (
    key: string,
    value: number | undefined,
    fallback: number,
    text: (value: number) => string,
  ): Setting => ({
    setting: own(key),
    value: text(value ?? fallback),
    source: value === undefined || value === fallback ? "default" : "schema",
  });
  const { maxPendingCount, maxProcessingCount, maxDelayCount, maxDisk, maxProcessingAttempts } = DEFAULT_LIMITS;
  return [
    schema(own("topics"), pool.topics.join(", ")),
    schema(own("group"), pool.group),
    limit("max_pending_count", pool.maxPendingCount, maxPendingCount, String),
    limit("max_processing_count", pool.maxProcessingCount, maxProcessingCount, String),
    limit("max_delay_count", pool.maxDelayCount, maxDelayCount, (count) =>
      Number.isFinite(count) ? String(count) : "none",
    ),
    limit("max_disk", pool.maxDisk, maxDisk, (bytes) => `${mebibytes(bytes)}MiB`),
    limit("max_processing_attempts", pool.maxProcessingAttempts, maxProcessingAttempts, String),
    limit("max_processing_deadline", pool.maxProcessingDeadline, DEFAULT_LIMITS.maxProcessingDeadline, formatDuration),
    limit("get_task_hold", pool.getTaskHold, 1000, formatDuration),
    ...(pool.push ?? []).map(({ application, addresses }) =>
      schema(own(`push of ${application}`), addresses.join(", ")),
    ),
  ];
}

/** The strings, numbers and flags of a value, by path. */
function leaves(value: unknown, path = ""): Map<string, string> {
  if (Array.isArray(value)) return new Map([[path, value.map(String).join(",")]]);
  if (typeof value !== "object" || value === null) return new Map([[path, String(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
      ...leaves(inner, path === "" ? key : `${path}.${key}`),
    ]),
  );
}

function snake(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
