import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../../../base/clock.js";
import { TaskwireError } from "../../../base/errors.js";
import { dataPath } from "../../../base/files/data-folder.js";
import { within } from "../../../base/within.js";
import { poolOf, unread } from "../../../client/unread.js";
import type { InspectedTopic } from "../../../log/kafka/inspect-topics.js";
import { neededTopics } from "../../../log/kafka/needed-topics.js";
import { topicDifferences } from "../../../log/kafka/topic-differences.js";
import { openLog } from "../../../log/open.js";
import type { ClusterModel, EnvironmentModel, Model } from "../../../model/model.js";
import { isKafka, resolveCluster, resolveClusters } from "../../../model/variables.js";
import { counted } from "../../../operations/diagnose/words.js";
import { entriesOf, SCHEDULE_TOPIC } from "../../../scheduler/index.js";
import { type Check, failed, ok } from "./check.js";

/** A cluster that is away is tried again for longer than a person waits. */
const PATIENCE_MS = 15_000;

/** The clusters of an environment: their variables, whether they answer, their topics, and whether pools read them. */
export async function clusterChecks(
  model: Model,
  environment: EnvironmentModel,
  data: string | undefined,
): Promise<Check[]> {
  try {
    resolveClusters(environment.clusters.filter(isKafka), process.env, environment.name);
  } catch (error) {
    return [failed("variables", error, "set them for this process, or give them a default in the schema")];
  }
  const checks: Check[] = [];
  for (const cluster of environment.clusters) {
    if (cluster.kind === "memory") continue;
    if (isKafka(cluster)) checks.push(...(await kafka(model, environment, cluster)));
    else checks.push(...(await embedded(environment, cluster, data)));
  }
  return [...checks, ...orphans(environment)];
}

async function kafka(model: Model, environment: EnvironmentModel, cluster: ClusterModel): Promise<Check[]> {
  const { name } = cluster;
  const check = `cluster ${name}`;
  const marks = entriesOf(model, environment).some((entry) => entry.cluster.name === name)
    ? [{ topic: SCHEDULE_TOPIC, cluster: name, role: "schedules", partitions: 1, compacted: true } as const]
    : [];
  const needed = neededTopics(environment, marks).filter((topic) => topic.cluster === name);
  let found: readonly InspectedTopic[] = [];
  try {
    const { inspectTopics } = await import("../../../log/kafka/inspect-topics.js");
    const inspecting = inspectTopics({ ...environment, clusters: [cluster] }, needed, process.env, false).then(
      (inspected) => {
        found = inspected;
      },
    );
    if (!(await within(systemClock(), PATIENCE_MS, inspecting)))
      throw new TaskwireError(
        "cluster_silent",
        `Kafka cluster "${name}" gives no answer within ${PATIENCE_MS / 1000} s`,
      );
  } catch (error) {
    return [failed(check, error, "check that Kafka runs, its addresses, the login, and the network in between")];
  }
  return [
    ok(check, `Kafka cluster "${name}" answers`),
    ...found.flatMap((topic) => topicChecks(topic, environment.name)),
  ];
}

function topicChecks({ needed, found }: InspectedTopic, environment: string): Check[] {
  const check = `topic ${needed.topic}`;
  const differences = topicDifferences(needed, found, environment);
  if (differences.length === 0)
    return [ok(check, `topic ${needed.topic} is as declared: ${counted(needed.partitions, "partition")}`)];
  return differences.map(({ topic, setting, expected, found, hint }) => ({
    check,
    level: setting === "topic" ? "fail" : "warn",
    text:
      setting === "topic"
        ? `topic ${topic} does not exist`
        : `topic ${topic} has ${setting} ${found}, expected ${expected}`,
    hint,
  }));
}

/** The log is not created: what does not exist was never written. */
async function embedded(
  environment: EnvironmentModel,
  cluster: Extract<ClusterModel, { kind: "sqlite" }>,
  data: string | undefined,
): Promise<Check[]> {
  const check = `cluster ${cluster.name}`;
  try {
    const folder = dataPath(data);
    const resolved = resolveCluster(cluster, process.env, environment.name);
    if (folder === undefined || resolved.kind !== "sqlite") return [];
    const file = resolve(folder, resolved.file);
    if (!existsSync(file)) return [ok(check, `the embedded log ${file} does not exist yet: nothing was sent`)];
    const log = await openLog(cluster, folder, environment.name);
    try {
      const topics = environment.topics.filter((topic) => topic.cluster === cluster.name);
      const read = await Promise.all(
        topics.map(
          async ({ name }) => [name, await log.everRead(name, poolOf(environment, name)?.group ?? "")] as const,
        ),
      );
      const never = read.filter(([name, ever]) => !ever && poolOf(environment, name) !== undefined);
      return [
        ok(check, `the embedded log ${file} can be read`),
        ...never.map(
          ([name]): Check => ({
            check: `topic ${name}`,
            level: "warn",
            text: unread(environment, name, folder).split("; ")[0] ?? "",
            hint: "start a broker with this data folder, or send with the data folder of the broker that runs",
          }),
        ),
      ];
    } finally {
      await log.close();
    }
  } catch (error) {
    return [failed(check, error, "stop all processes and look at the file, or name another data folder")];
  }
}

function orphans(environment: EnvironmentModel): Check[] {
  return environment.topics
    .filter(({ name }) => poolOf(environment, name) === undefined)
    .map(({ name }) => ({
      check: `topic ${name}`,
      level: "warn",
      text: `no pool of environment "${environment.name}" reads topic ${name}`,
      hint: "add it to the topics of a pool, unless another application reads it",
    }));
}
