import { Command } from "commander";
import type { InspectedTopic } from "../../log/kafka/inspect-topics.js";
import { type NeededTopic, neededTopics } from "../../log/kafka/needed-topics.js";
import { type TopicDifference, topicDifferences } from "../../log/kafka/topic-differences.js";
import type { EnvironmentModel } from "../../model/model.js";
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

interface TopicLine extends Pick<NeededTopic, "topic" | "cluster" | "partitions"> {
  readonly role: string;
  readonly state: "exists" | "missing" | "created" | "wrong_partitions";
  /** How many it has; 0 when it is missing. */
  readonly found: number;
  /** Settings that are not as declared. */
  readonly differences: readonly TopicDifference[];
}

export function topicsCommand(): Command {
  return new Command("topics")
    .description("list the Kafka topics that an environment needs, and create the missing ones")
    .addOption(modelOption())
    .addOption(environmentOption())
    .option(
      "--create",
      "create missing topics with the declared number of partitions and retention; existing ones are never changed",
    )
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
      const marks = [...scheduled].map((cluster) => {
        return { topic: SCHEDULE_TOPIC, cluster, role: "schedules", partitions: 1, compacted: true } as const;
      });
      whenInterrupted(
        flags.create === true
          ? "stopped before the cluster answered; some topics may have been created: run the command again"
          : "stopped before the cluster answered",
      );
      const needed = neededTopics(environment, marks);
      const { inspectTopics } = await import("../../log/kafka/inspect-topics.js");
      const inspected = await inspectTopics(environment, needed, process.env, flags.create === true);
      const lines = inspected.map((topic) => lineOf(topic, environment.name));
      if (flags.json === true)
        process.stdout.write(`${JSON.stringify({ environment: environment.name, topics: lines })}\n`);
      else process.stdout.write(textOf(environment, lines));
      if (lines.some(({ state }) => state === "missing" || state === "wrong_partitions")) process.exitCode = 1;
    });
}

function lineOf({ needed, found, isCreated }: InspectedTopic, environment: string): TopicLine {
  const { topic, cluster, role, partitions } = needed;
  const differences = topicDifferences(needed, found, environment);
  const isWrong = differences.some(({ setting }) => setting === "partitions");
  return {
    topic,
    cluster,
    role: typeof role === "string" ? role : `${role.kind === "retry" ? "retries" : "dead letters"} of ${role.of}`,
    partitions,
    state: found === undefined ? "missing" : isCreated ? "created" : isWrong ? "wrong_partitions" : "exists",
    found: found?.partitions ?? 0,
    differences: differences.filter(({ setting }) => setting === "retention.ms" || setting === "cleanup.policy"),
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
  const differences = lines.flatMap((line) => line.differences);
  if (differences.length > 0) text.push("");
  for (const { topic, setting, found, expected, hint } of differences)
    text.push(`${topic} has ${setting} ${found}, expected ${expected}: ${hint}`);
  return `${text.join("\n")}\n`;
}
