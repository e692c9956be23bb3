import { join } from "node:path";
import { loadModel, named } from "taskwire/model";
import { describe, expect, it } from "vitest";
import { declaredBy } from "#runtime/broker/runtime-config/declared.js";
import { parseRuntimeConfig } from "#runtime/broker/runtime-config/parse.js";
import { demotedTarget } from "#runtime/broker/runtime-config/policy.js";
import { warningsOf } from "#runtime/broker/runtime-config/warnings.js";
import type { EnvironmentModel, Model, PoolModel } from "#runtime/model/model.js";
import { pageText, ROOT } from "../../../support/pages/pages.js";

const pool = (name: string, topics: readonly string[]): PoolModel => ({
  name,
  topics,
  group: name,
  maxPendingCount: 1,
  maxProcessingCount: 1,
  maxProcessingAttempts: 1,
  maxProcessingDeadline: 1000,
});
const work = pool("default", ["work"]);
const topic = (name: string, cluster: string, raw?: string) => ({
  name,
  cluster,
  partitions: 1,
  deadLetter: `${name}-dlq`,
  retry: name,
  ...(raw === undefined ? {} : { raw }),
});
const environment: EnvironmentModel = {
  name: "saas",
  clusters: [
    { name: "main", kind: "memory" },
    { name: "other", kind: "memory" },
  ],
  topics: [topic("work", "main"), topic("long", "main"), topic("unread", "other"), topic("raw", "main", "ingest")],
  routes: [{ namespace: "*", topic: "work" }],
  pools: [work, pool("slow", ["long", "raw"])],
};
const text = { type: { kind: "string" }, optional: false, nullable: false } as const;
const model: Model = {
  taskwire: 1,
  application: "app",
  hash: "",
  types: [],
  environments: [environment],
  namespaces: [
    {
      name: "issues",
      tasks: [
        {
          key: "close",
          name: "sentry.tasks.close",
          formerly: ["sentry.close"],
          hash: "",
          parameters: [
            { ...text, name: "group_id", formerly: ["group"] },
            { ...text, name: "reason" },
          ],
          processingDeadline: 1000,
          atMostOnce: false,
          compression: "auto",
        },
      ],
    },
  ],
};

function warnings(source: string, of: Model | undefined = model): readonly string[] {
  const config = parseRuntimeConfig("rules.yaml", source);
  const target = demotedTarget("rules.yaml", config, environment, work);
  return warningsOf(config, target, environment, of === undefined ? undefined : declaredBy(of));
}

describe("what a runtime configuration says and nobody has", () => {
  it("is nothing where every name is known, former ones and places of arguments included", () =>
    expect(
      warnings(`
drop_task_killswitch:
  - sentry.tasks.close
  - sentry.close
  - { name: sentry.tasks.close, select_kwarg: { group: 1, reason: x }, select_arg: { 1: x } }
demoted_namespaces: [issues]
demoted_topic: long
`),
    ).toEqual([]));

  it.each([
    [
      "demoted_topic: unread",
      /^demoted_topic: no pool of environment "saas" reads topic "unread": .*list it in a pool$/,
    ],
    ["demoted_topic: lnog", /^demoted_topic: environment "saas" declares no topic "lnog", so no pool reads it: /],
    [
      "demoted_topic: long\ndemoted_topic_cluster: other",
      /^demoted_topic_cluster: topic "long" is declared on cluster "main", and no pool reads it on "other": /,
    ],
    ["demoted_topic: raw", /^demoted_topic: "raw" is the raw topic of namespace "ingest": /],
    ["demoted_topic_cluster: main", /^demoted_topic_cluster: it has no effect without demoted_topic$/],
    [
      "demoted_namespaces: [isues]\ndemoted_topic: long",
      /^demoted_namespaces\[0\]: the model has no namespace "isues"; unless another application sends it/,
    ],
    [
      "drop_task_killswitch: [issues.close]",
      /^drop_task_killswitch\[0\]: "issues.close" is the task's name in the YAML, its wire name is "sentry.tasks.close"/,
    ],
    [
      "drop_task_killswitch: [nobody]",
      /^drop_task_killswitch\[0\]: the model has no task with the wire name "nobody"; /,
    ],
    [
      "drop_task_killswitch: [{ name: nobody, select_kwarg: { a: 1 } }]",
      /^drop_task_killswitch\[0\]: the model has no task with the wire name "nobody"; /,
    ],
    [
      "drop_task_killswitch: [{ name: sentry.close, select_kwarg: { group_ids: 1 } }]",
      /^drop_task_killswitch\[0\]\.select_kwarg: task "sentry.close" has no parameter "group_ids"; it has group_id, reason$/,
    ],
    [
      "drop_task_killswitch: [{ name: sentry.close, select_arg: { 2: 1 } }]",
      /^drop_task_killswitch\[0\]\.select_arg: task "sentry.close" has no parameter at place 2, counted from 0; /,
    ],
  ])("%s is one warning that names it", (source, expected) =>
    expect(warnings(source)).toEqual([expect.stringMatching(expected)]),
  );

  it("without a model only topics are looked at", () => {
    const source = "drop_task_killswitch: [nobody]\ndemoted_namespaces: [nobody]\ndemoted_topic: unread";
    const config = parseRuntimeConfig("rules.yaml", source);
    const target = demotedTarget("rules.yaml", config, environment, work);
    expect(warningsOf(config, target, environment, undefined)).toHaveLength(1);
  });

  it("is nothing in the file that docs/guide/running.md shows, for the example application on Kafka", async () => {
    const [, source = ""] = /```yaml\n(drop_task_killswitch:[\s\S]*?)```/.exec(pageText("docs/guide/running.md")) ?? [];
    const example = await loadModel(join(ROOT, "generated/taskwire.json"));
    const saas = named("environment", example.environments, "saas");
    const config = parseRuntimeConfig("runtime.yaml", source);
    const target = demotedTarget("runtime.yaml", config, saas, named("pool", saas.pools, "ingest"));
    expect(config.drop).toHaveLength(2);
    expect(warningsOf(config, target, saas, declaredBy(example))).toEqual([]);
  });

  it("are 20 at most, with the number of all others", () => {
    const names = Array.from({ length: 1000 }, (_, n) => `made_up_${n}`);
    const found = warnings(`drop_task_killswitch: [${names.join(", ")}]`);
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toBe("and 980 more warnings");
  });
});
