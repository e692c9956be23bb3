import { type EnvironmentModel, type Model, milliseconds, named, topicOf } from "taskwire/model";
import { beforeAll, expect, test } from "vitest";
import { Problems } from "#codegen/problem/problem.js";
import { readFolder } from "#codegen/read/folder.js";
import { resolve } from "#codegen/resolve/index.js";
import { validate } from "#codegen/validate/sections.js";

let model: Model;

beforeAll(async () => {
  const problems = new Problems();
  ({ model } = resolve(validate(await readFolder("schema", process.cwd(), problems), "schema", problems), problems));
  expect(problems.sorted()).toEqual([]);
});

const NAMESPACES = [
  "dynamic_sampling",
  "ingest.errors",
  "ingest.profiling",
  "integrations",
  "issues",
  "notifications",
  "replays",
  "uptime",
];

function environment(name: string): EnvironmentModel {
  return named("environment", model.environments, name);
}

/** Namespace to topic, for every namespace. */
function routes(name: string): Record<string, string> {
  return Object.fromEntries(NAMESPACES.map((namespace) => [namespace, topicOf(environment(name), namespace).name]));
}

test("the example application has the expected namespaces", () => {
  expect(model.application).toBe("sentry");
  expect(model.namespaces.map(({ name }) => name).sort()).toEqual(NAMESPACES);
});

test("local: every namespace on the one topic of the embedded log", () => {
  expect(routes("local")).toEqual(Object.fromEntries(NAMESPACES.map((name) => [name, "kafka-tasks"])));
  expect(environment("local").clusters).toEqual([{ name: "local", kind: "sqlite", file: "log.db" }]);
  expect(environment("local").topics.map(({ name }) => name)).toEqual(["kafka-tasks"]);
  expect(environment("local").pools.map(({ name, topics }) => ({ name, topics }))).toEqual([
    { name: "default", topics: ["kafka-tasks"] },
  ]);
});

test("saas: the same namespaces spread, replays and ingest.profiling crossed", () => {
  expect(routes("saas")).toEqual({
    dynamic_sampling: "kafka-general",
    "ingest.errors": "kafka-ingest",
    "ingest.profiling": "kafka-replays",
    integrations: "kafka-general",
    issues: "kafka-general",
    notifications: "kafka-general",
    replays: "kafka-profiling",
    uptime: "kafka-crons",
  });
});

test("saas: three clusters, each with its topics and the pool of its name", () => {
  const expected = {
    ingest: ["kafka-ingest"],
    general: ["kafka-general", "kafka-crons"],
    profiling: ["kafka-profiling", "kafka-replays"],
  };
  const { clusters, topics, pools } = environment("saas");
  expect(clusters.map(({ name, kind }) => [name, kind])).toEqual(Object.keys(expected).map((name) => [name, "kafka"]));
  const byCluster = Object.keys(expected).map((cluster) => [
    cluster,
    topics.filter((topic) => topic.cluster === cluster).map(({ name }) => name),
  ]);
  expect(Object.fromEntries(byCluster)).toEqual(expected);
  expect(Object.fromEntries(pools.map(({ name, topics }) => [name, topics]))).toEqual(expected);
  expect(pools.map(({ group }) => group)).toEqual([
    "sentry.saas.ingest",
    "sentry.saas.general",
    "sentry.saas.profiling",
  ]);
});

test("names, retries and deadlines of the main job's tasks", () => {
  const tasks = new Map(
    model.namespaces.flatMap(({ name, tasks }) => tasks.map((task) => [`${name}.${task.key}`, task] as const)),
  );
  const rebalance = { times: 5, timesExceeded: "discard", delay: 5000, backoff: "fixed", jitter: 0 };
  const sampling = [...tasks.values()].filter(({ name }) => name.startsWith("sentry.dynamic_sampling."));
  for (const { retry, parameters, name } of sampling) {
    expect(retry).toEqual(rebalance);
    if (!/batch|_of_/.test(name)) expect(parameters).toEqual([]);
  }
  expect(sampling.map(({ name, processingDeadline }) => [name, processingDeadline])).toEqual([
    ["sentry.dynamic_sampling.tasks.recalibrate_orgs", milliseconds("65s")],
    ["sentry.dynamic_sampling.tasks.recalibrate_orgs_batch", milliseconds("365s")],
    ["sentry.dynamic_sampling.tasks.recalibrate_projects_batch", milliseconds("125s")],
    ["sentry.dynamic_sampling.tasks.boost_low_volume_projects", milliseconds("605s")],
    ["sentry.dynamic_sampling.boost_low_volume_projects_of_org", milliseconds("185s")],
    ["sentry.dynamic_sampling.boost_low_volume_projects_of_org_with_query", milliseconds("185s")],
    ["sentry.dynamic_sampling.tasks.boost_low_volume_transactions", milliseconds("365s")],
    ["sentry.dynamic_sampling.boost_low_volume_transactions_of_project", milliseconds("245s")],
    ["sentry.dynamic_sampling.tasks.sliding_window_org", milliseconds("905s")],
  ]);
  expect(tasks.get("issues.deliver_issue_webhook")).toMatchObject({
    name: "sentry.issues.tasks.deliver_issue_webhook",
    retry: { times: 3, timesExceeded: "deadletter", delay: 1000 },
    parameters: [{ name: "organization_id" }, { name: "group_id" }],
  });
});
