import { Command } from "commander";
import { named } from "../../model/environment.js";
import type { EnvironmentModel } from "../../model/model.js";
import { isKafka, resolveClusters } from "../../model/variables.js";
import { entriesOf, SCHEDULE_TOPIC } from "../../scheduler/index.js";
import { environmentOf, environmentOption, modelOf, modelOption } from "../options.js";
import { table } from "../output/table.js";
import { whenInterrupted } from "../signals.js";

interface TopicsFlags {
  readonly model?: string;
  readonly env: string;
  readonly create?: boolean;
  readonly json?: boolean;
}

/** A topic that the environment needs. */
interface NeededTopic {
  readonly topic: string;
  readonly cluster: string;
  /** "declared", or of which topic it takes the retries or dead letters. */
  readonly role: "declared" | "schedules" | { readonly kind: "retry" | "dead_letter"; readonly of: string };
  readonly partitions: number;
  /** Only the last record of each key is kept. */
  readonly compacted?: true;
}

interface TopicLine extends Omit<NeededTopic, "role"> {
  readonly role: string;
  readonly state: "exists" | "missing" | "created" | "wrong_partitions";
  /** How many it has; 0 when it is missing. */
  readonly found: number;
}

export function topicsCommand(): Command {
  return new Command("topics")
    .description("list the Kafka topics that an environment needs, and create the missing ones")
    .addOption(modelOption())
    .addOption(environmentOption())
    .option("--create", "create missing topics with the declared number of partitions; existing ones are never changed")
    .option("--json", "print the topics as JSON")
    .addHelpText("after", "\nExamples:\n  taskwire topics --env saas\n  taskwire topics --env saas --create\n")
    .addHelpText(
      "after",
      "\nExits with 1 when a topic is missing or its number of partitions differs from the declared one.\n",
    )
    .action(async (flags: TopicsFlags) => {
      const model = await modelOf(flags.model);
      const environment = environmentOf(model, flags.env);
      const scheduled = new Set(entriesOf(model, environment).map(({ cluster }) => cluster.name));
      whenInterrupted(
        flags.create === true
          ? "stopped before the cluster answered; some topics may have been created: run the command again"
          : "stopped before the cluster answered",
      );
      const lines = await inspect(environment, neededTopics(environment, scheduled), flags.create === true);
      if (flags.json === true)
        process.stdout.write(`${JSON.stringify({ environment: environment.name, topics: lines })}\n`);
      else process.stdout.write(textOf(environment, lines));
      if (lines.some(({ state }) => state === "missing" || state === "wrong_partitions")) process.exitCode = 1;
    });
}

/**
 * The topics that an environment needs on its Kafka clusters, each once. One that nobody declared has one partition for
 * dead letters, and as many as its topic for retries. `scheduled`: names of clusters whose tasks have schedules.
 */
function neededTopics(
  { topics, clusters }: EnvironmentModel,
  scheduled: ReadonlySet<string> = new Set(),
): NeededTopic[] {
  const needed = new Map<string, NeededTopic>();
  const add = (topic: NeededTopic) => {
    if (named("cluster", clusters, topic.cluster).kind !== "kafka") return;
    const key = `${topic.cluster}\0${topic.topic}`;
    if (!needed.has(key)) needed.set(key, topic);
  };
  for (const { name, cluster, partitions } of topics) add({ topic: name, cluster, role: "declared", partitions });
  for (const { name, cluster, partitions, retry, deadLetter } of topics) {
    add({ topic: retry, cluster, role: { kind: "retry", of: name }, partitions });
    add({ topic: deadLetter, cluster, role: { kind: "dead_letter", of: name }, partitions: 1 });
  }
  for (const cluster of scheduled)
    add({ topic: SCHEDULE_TOPIC, cluster, role: "schedules", partitions: 1, compacted: true });
  return [...needed.values()];
}

async function inspect(
  environment: EnvironmentModel,
  needed: readonly NeededTopic[],
  create: boolean,
): Promise<TopicLine[]> {
  const kafka = environment.clusters.filter(isKafka);
  const lines = new Map<NeededTopic, TopicLine>();
  for (const cluster of resolveClusters(kafka, process.env, environment.name)) {
    const own = needed.filter((topic) => topic.cluster === cluster.name);
    if (own.length === 0) continue;
    const { kafkaLog } = await import("../../log/kafka/log.js");
    const log = kafkaLog({ cluster, environment: environment.name });
    try {
      await log.open();
      const found = await log.administration.partitionsOf(own.map(({ topic }) => topic));
      const missing = own.filter(({ topic }) => found.get(topic) === undefined);
      if (create && missing.length > 0) await log.administration.create(missing);
      for (const topic of own) lines.set(topic, lineOf(topic, found.get(topic.topic), create));
    } finally {
      await log.close();
    }
  }
  return needed.flatMap((topic) => lines.get(topic) ?? []);
}

function lineOf(
  { topic, cluster, role, partitions }: NeededTopic,
  found: number | undefined,
  create: boolean,
): TopicLine {
  const state =
    found === undefined ? (create ? "created" : "missing") : found === partitions ? "exists" : "wrong_partitions";
  return {
    topic,
    cluster,
    role: typeof role === "string" ? role : `${role.kind === "retry" ? "retries" : "dead letters"} of ${role.of}`,
    partitions,
    state,
    found: found ?? (create ? partitions : 0),
  };
}

function textOf(environment: EnvironmentModel, lines: readonly TopicLine[]): string {
  if (lines.length === 0) {
    return `environment "${environment.name}" has no topic on a Kafka cluster: there is nothing to create\n`;
  }
  const rows = lines.map(({ topic, cluster, role, partitions, state, found }) => [
    topic,
    cluster,
    role,
    String(partitions),
    state === "wrong_partitions" ? `has ${found} partitions` : state,
  ]);
  const text = [...table(["topic", "cluster", "for", "partitions", "state"], rows)];
  const missing = lines.filter(({ state }) => state === "missing").length;
  const wrong = lines.filter(({ state }) => state === "wrong_partitions").length;
  if (missing > 0)
    text.push("", `${missing} missing; create them with taskwire topics --env ${environment.name} --create`);
  if (wrong > 0) {
    text.push(
      "",
      `${wrong} with a number of partitions that differs from the declared one; existing topics are never changed: add partitions with Kafka's own tools, or declare the existing number`,
    );
  }
  return `${text.join("\n")}\n`;
}
