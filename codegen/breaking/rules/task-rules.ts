import type { Rule } from "./level.js";

/** Rules about the application, its namespaces, tasks and types. */
export const TASK_RULES = {
  application_changed: {
    level: "WIRE",
    breaks: "workers of one application are not handed activations of the other, and default consumer groups change",
    rollout: "run the old application alongside the new one until its topics are empty",
  },
  namespace_removed: {
    level: "WIRE",
    breaks: "activations of its tasks have no handler: they stay parked",
    rollout:
      "mark it `deprecated` and remove its callers, then release; remove it when none of its activations are in flight",
  },
  namespace_retired: {
    level: "SOURCE",
    breaks: "callers and handlers of it no longer compile; its tasks were deprecated or moved",
    rollout: "remove its last uses in the same change",
  },
  namespace_made_external: {
    level: "WIRE",
    breaks: "workers of this application no longer receive its activations, and its handlers no longer compile",
    rollout:
      "let the other application's workers take its tasks first; keep ours until none of our activations are in flight",
  },
  namespace_made_own: {
    level: "SOURCE",
    breaks: "its handlers are missing, and new activations are for this application's workers",
    rollout: "write its handlers and release the workers before the producers",
  },
  external_application_changed: {
    level: "WIRE",
    breaks: "activations in flight are for the workers of the old application",
    rollout: "keep the old application's workers until nothing for them is in flight",
  },
  namespace_made_raw: {
    level: "WIRE",
    breaks: "activations on its topic are read as raw bytes",
    rollout: "give raw records a namespace and a topic of their own",
  },
  namespace_no_longer_raw: {
    level: "WIRE",
    breaks: "raw records on its topic are read as activations and end as undecodable",
    rollout: "give the activations a namespace and a topic of their own; keep the raw one until its topic is empty",
  },
  task_removed: {
    level: "WIRE",
    breaks: "activations in flight and those of older producers have no handler: they stay parked",
    rollout:
      "mark it `deprecated` and remove its callers, then release; remove it when none of its activations are in flight",
  },
  task_retired: {
    level: "SOURCE",
    breaks: "callers and its handler no longer compile; it was deprecated",
    rollout: "remove its last uses in the same change",
  },
  task_renamed_or_replaced: {
    level: "WIRE",
    breaks: "activations under the old wire name have no handler: they stay parked",
    rollout:
      "if it is the same task, add the old wire name to its `formerly`, and release the workers before the producers; if it is another task, do not use `formerly`: give it its own key, and keep the old one, `deprecated`, until none of its activations are in flight",
  },
  task_renamed_safely: {
    level: "NOTE",
    breaks: "workers of the old version do not know the new name: its activations wait for new workers",
    rollout: "release the workers before the producers; remove `formerly` when nothing under the old name is in flight",
  },
  task_formerly_removed: {
    level: "NOTE",
    breaks: "activations under the old wire name no longer have a handler",
    rollout: "remove it when every producer sends the new name and nothing older is in flight",
  },
  task_name_reused: {
    level: "WIRE",
    breaks: "activations in flight under the wire name, and those of older producers, are run as another task",
    rollout: "give the new task another name, or reuse the name when nothing under it is in flight",
  },
  task_key_changed: {
    level: "SOURCE",
    breaks: "callers and handlers use another name; the wire name is the same",
    rollout: "update all uses in the same change",
  },
  task_namespace_changed: {
    level: "WIRE",
    breaks:
      "activations in flight and those of older producers stay on the old namespace's topic, unordered with new ones; callers and handlers use another namespace",
    rollout:
      "workers run them by their wire name, whatever their namespace: keep the old namespace's topic in a pool with such workers until none of its activations are in flight",
  },
  parameter_moved: {
    level: "WIRE",
    breaks: "arguments that producers pass by position go to other parameters",
    rollout:
      "keep the order, including deprecated parameters that others follow; if every producer passes names, as those of Taskwire do, the order does not matter",
  },
  parameter_inserted: {
    level: "WIRE",
    breaks: "arguments that producers pass by position go to other parameters",
    rollout: "put new parameters after all others",
  },
  at_most_once_added: {
    level: "WIRE",
    breaks: "activations that are lost with their worker no longer run again, including those in flight",
    rollout: "add a new task with at_most_once, move the callers, then remove the old one",
  },
  at_most_once_removed: {
    level: "WIRE",
    breaks: "its handler may run twice for one activation",
    rollout: "make the handler idempotent and release it before the change",
  },
  deadline_shortened: {
    level: "WIRE",
    breaks: "runs that take longer are stopped, on workers of either version",
    rollout: "make the handler fast enough and release it, then shorten the deadline",
  },
  expires_shortened: {
    level: "WIRE",
    breaks: "activations that wait longer are dropped; they used to run",
    rollout: "make sure that the longest wait is below it (see the metrics), or set expires on individual calls",
  },
  retry_fewer: {
    level: "WIRE",
    breaks: "activations end after fewer attempts, including those in flight: workers apply their own policy",
    rollout: "make the handler need fewer attempts and release it, then lower the number",
  },
  retry_discards: {
    level: "WIRE",
    breaks: "activations that used up their attempts are no longer kept as dead letters",
    rollout: "make sure that nobody needs the dead letters",
  },
  retry_deadletters: {
    level: "NOTE",
    breaks:
      "activations that used up their attempts are kept as dead letters; those in flight follow their own setting",
    rollout: "write times_exceeded: discard where nobody needs them",
  },
  failures_kept: {
    level: "NOTE",
    breaks: "a failed activation of a task without a retry policy is kept as a dead letter; it used to be discarded",
    rollout: "nothing to do if this is intended; else write retry: { times: 1, times_exceeded: discard }",
  },
  retry_errors_narrowed: {
    level: "NOTE",
    breaks: "some errors that were retried now end the activation",
    rollout: "nothing to do if this is intended",
  },
  retry_errors_widened: {
    level: "NOTE",
    breaks: "some errors that ended the activation are now retried, including for activations in flight",
    rollout: "first make the handler safe to repeat after these errors",
  },
  retry_delay_changed: {
    level: "NOTE",
    breaks: "retries run at other times, including those of activations in flight",
    rollout: "nothing to do if this is intended",
  },
  compression_changed: {
    level: "NOTE",
    breaks: "workers must be able to read zstd if parameters are newly compressed; all workers of Taskwire can",
    rollout: "first release workers of other kinds that can read zstd",
  },
  schedule_added: {
    level: "NOTE",
    breaks: "the scheduler starts the task",
    rollout: "release its workers before the scheduler",
  },
  schedule_changed: {
    level: "NOTE",
    breaks: "the scheduler starts the task at other times or with other parameters",
    rollout: "nothing to do if this is intended",
  },
  schedule_removed: {
    level: "NOTE",
    breaks: "the scheduler no longer starts the task",
    rollout: "nothing to do if this is intended",
  },
  type_removed: {
    level: "SOURCE",
    breaks: "code that imports it from types.ts no longer compiles",
    rollout: "remove its last uses in the same change",
  },
  type_unused_changed: {
    level: "SOURCE",
    breaks: "code that imports it from types.ts may no longer compile; no task uses it",
    rollout: "change its uses in the same change",
  },
  type_kind_changed: {
    level: "WIRE",
    breaks: "workers reject values of the other version",
    rollout: "declare a type under another name and treat its parameters as retyped",
  },
  enum_value_removed: {
    level: "WIRE",
    breaks: "workers of the new version reject the value, and code that uses it no longer compiles",
    rollout: "stop sending it, release, and remove it when no activation with it is in flight",
  },
  enum_value_added: {
    level: "NOTE",
    breaks: "workers of the old version reject the new value",
    rollout: "release the workers before the producers",
  },
} as const satisfies Record<string, Rule>;
