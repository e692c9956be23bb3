import { parametersOfModel } from "../activation/parameter/model-parameters.js";
import type { TaskFacts } from "../activation/task.js";
import { factsOfModel } from "../activation/task.js";
import { TaskwireError } from "../base/errors.js";
import { clusterOf, hasNamespace, topicOf } from "../model/environment.js";
import type { ClusterModel, EnvironmentModel, Model, ScheduleModel } from "../model/model.js";
import { type Slots, slotsOf } from "./slots.js";

/** A task with a schedule, in one environment. */
export interface Entry {
  readonly facts: TaskFacts;
  readonly schedule: ScheduleModel;
  readonly slots: Slots;
  /** Equal in two deployments with the same plan. */
  readonly plan: string;
  /** Parameters of every run, encoded for the wire. */
  readonly parameters: Uint8Array;
  readonly topic: string;
  readonly cluster: ClusterModel;
}

/** The schedules of the environment. Throws ParameterError and UnknownNameError. */
export function entriesOf(model: Model, environment: EnvironmentModel): Entry[] {
  const entries: Entry[] = [];
  for (const namespace of model.namespaces) {
    if (!hasNamespace(environment, namespace.name)) continue;
    for (const task of namespace.tasks) {
      const { schedule } = task;
      if (schedule === undefined || !enabledIn(schedule, environment)) continue;
      const facts = factsOfModel(model, namespace, task);
      const parameters = parametersOfModel(model, task);
      const topic = topicOf(environment, namespace.name);
      entries.push({
        facts,
        schedule,
        slots: slotsOf(schedule.plan),
        plan: planText(schedule),
        parameters: parameters.write(facts.key, parameters.fromJson(facts.key, schedule.parameters ?? {})),
        topic: topic.name,
        cluster: clusterOf(environment, topic),
      });
    }
  }
  return entries;
}

/**
 * The entry of a task, by its name in the YAML, `<namespace>.<task>`, or its wire name. Throws TaskwireError
 * `unknown_schedule`.
 */
export function entryOf(entries: readonly Entry[], name: string): Entry {
  const found = entries.find(({ facts }) => facts.key === name || facts.name === name);
  if (found !== undefined) return found;
  const known = entries.map(({ facts }) => `\n  ${facts.key}`).join("");
  throw new TaskwireError(
    "unknown_schedule",
    `no task "${name}" with a schedule in this environment; ${known === "" ? "no task has a schedule: add `schedule:` to one" : `expected one of:${known}`}`,
  );
}

function enabledIn({ enabled }: ScheduleModel, { name }: EnvironmentModel): boolean {
  return typeof enabled === "boolean" ? enabled : enabled.includes(name);
}

function planText({ plan }: ScheduleModel): string {
  return plan.kind === "every" ? `every ${plan.period}` : `${plan.expression} ${plan.timezone}`;
}
