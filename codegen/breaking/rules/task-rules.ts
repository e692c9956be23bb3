import type { Rule } from "./level.js";

/** Of the application, its namespaces, tasks and types. */
export const TASK_RULES = {
  application_changed: {
    level: "WIRE",
    breaks: "workers of one application are not handed activations of the other, and default consumer groups change",
    rollout: "run the old application beside the new one until its topics are empty",
  },
  namespace_removed: {
    level: "WIRE",
    breaks: "activations of its tasks have no handler: they stay parked",
    rollout: "mark it `deprecated` and remove its callers, release; when nothing of it is in flight, remove it",
  },
  namespace_retired: {
    level: "SOURCE",
    breaks: "callers and handlers of it no longer compile; its tasks were deprecated or are found elsewhere",
    rollout: "remove its last uses in the same change",
  },
  namespace_made_external: {
    level: "WIRE",
    breaks: "workers of this application no longer take its activations, and its handlers no longer compile",
    rollout: "let the other application's workers take its tasks first, keep ours until nothing of ours is in flight",
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
    breaks: "activations on its topic are taken for raw bytes",
    rollout: "give raw records a namespace and a topic of their own",
  },
  namespace_no_longer_raw: {
    level: "WIRE",
    breaks: "raw records on its topic are taken for activations and end as undecodable",
    rollout: "give the activations a namespace and a topic of their own; keep the raw one until its topic is empty",
  },
  task_removed: {
    level: "WIRE",
    breaks: "activations in flight and those of older producers have no handler: they stay parked",
    rollout: "mark it `deprecated` and remove its callers, release; when nothing of it is in flight, remove it",
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
      "if it is the same task, add the old wire name to its `formerly`, and release the workers before the producers; if it is another task, never do that: give it a key of its own, and keep the old one, `deprecated`, until nothing of it is in flight",
  },
  task_renamed_safely: {
    level: "NOTE",
    breaks: "workers of the old version do not know the new name: its activations wait for new workers",
    rollout: "release the workers before the producers; remove `formerly` when nothing under the old name is in flight",
  },
  task_formerly_removed: {
    level: "NOTE",
    breaks: "activations under the old wire name have no handler any more",
    rollout: "remove it when every producer has the new name and nothing older is in flight",
  },
  task_name_reused: {
    level: "WIRE",
    breaks: "activations in flight under the wire name, and those of older producers, are run as another task",
    rollout: "give the new task another name, or take the name when nothing under it is in flight",
  },
  task_key_changed: {
    level: "SOURCE",
    breaks: "callers and handlers use another name; the wire name is the same",
    rollout: "change the uses in the same change",
  },
  task_namespace_changed: {
    level: "WIRE",
    breaks:
      "activations in flight and those of older producers stay on the old namespace's topic, unordered with new ones; callers and handlers use another namespace",
    rollout:
      "workers run them by their wire name, whatever their namespace: keep the old namespace's topic in a pool with such workers until nothing of it is in flight",
  },
  parameter_moved: {
    level: "WIRE",
    breaks: "arguments that producers give by position are bound to other parameters",
    rollout:
      "keep the order, and keep a deprecated one that others stand behind; when every producer gives names, as those of Taskwire do, nothing is moved",
  },
  parameter_inserted: {
    level: "WIRE",
    breaks: "arguments that producers give by position are bound to other parameters",
    rollout: "put new parameters behind all others",
  },
  at_most_once_added: {
    level: "WIRE",
    breaks: "what is lost with its worker no longer runs again, activations in flight included",
    rollout: "add a task of its own with at_most_once, move the callers, retire the old one",
  },
  at_most_once_removed: {
    level: "WIRE",
    breaks: "its handler may run twice for one activation",
    rollout: "make the handler bear repetition and release it before the change",
  },
  deadline_shortened: {
    level: "WIRE",
    breaks: "runs that took longer are ended, on workers of either version",
    rollout: "make the handler fast enough and release it, then shorten the deadline",
  },
  expires_shortened: {
    level: "WIRE",
    breaks: "activations that waited longer are dropped where they ran before",
    rollout: "make sure that the longest wait is below it (the metrics show it), or leave it to single calls",
  },
  retry_fewer: {
    level: "WIRE",
    breaks: "activations end after fewer runs, those in flight included: workers decide by their own policy",
    rollout: "make the handler need fewer runs and release it, then lower the number",
  },
  retry_discards: {
    level: "WIRE",
    breaks: "what ran out of runs is no longer kept as a dead letter",
    rollout: "make sure that nobody needs the dead letters",
  },
  retry_deadletters: {
    level: "NOTE",
    breaks: "what ran out of runs is kept as a dead letter, activations in flight not: they say themselves",
    rollout: "write times_exceeded: discard where nobody needs it",
  },
  failures_kept: {
    level: "NOTE",
    breaks: "a failed run of a task without a retry policy is kept as a dead letter, where it was discarded",
    rollout: "nothing to do when that is meant; retry: { times: 1, times_exceeded: discard } says that it may go",
  },
  retry_errors_narrowed: {
    level: "NOTE",
    breaks: "some errors end the activation where they led to another run",
    rollout: "nothing to do when that is meant",
  },
  retry_errors_widened: {
    level: "NOTE",
    breaks: "some errors lead to another run where they ended the activation, those in flight included",
    rollout: "make the handler bear repetition after these errors first",
  },
  retry_delay_changed: {
    level: "NOTE",
    breaks: "retries come at other times, those of activations in flight included",
    rollout: "nothing to do when that is meant",
  },
  compression_changed: {
    level: "NOTE",
    breaks: "workers must be able to read zstd when parameters are newly packed; all of Taskwire are",
    rollout: "release workers of other kinds that read zstd first",
  },
  schedule_added: {
    level: "NOTE",
    breaks: "the task is started by itself",
    rollout: "release its workers before the scheduler",
  },
  schedule_changed: {
    level: "NOTE",
    breaks: "the task is started at other times or with other parameters",
    rollout: "nothing to do when that is meant",
  },
  schedule_removed: {
    level: "NOTE",
    breaks: "the task is no longer started by itself",
    rollout: "nothing to do when that is meant",
  },
  type_removed: {
    level: "SOURCE",
    breaks: "code that imports it from types.ts no longer compiles",
    rollout: "remove its last uses in the same change",
  },
  type_unused_changed: {
    level: "SOURCE",
    breaks: "code that imports it from types.ts may no longer compile; no task carries it",
    rollout: "change its uses in the same change",
  },
  type_kind_changed: {
    level: "WIRE",
    breaks: "workers refuse the values of the other version",
    rollout: "declare a type under another name and treat its parameters as retyped ones",
  },
  enum_value_removed: {
    level: "WIRE",
    breaks: "workers of the new version refuse the value, and code that uses it no longer compiles",
    rollout: "stop sending it, release, and remove it when no activation with it is in flight",
  },
  enum_value_added: {
    level: "NOTE",
    breaks: "workers of the old version refuse the new value",
    rollout: "release the workers before the producers",
  },
} as const satisfies Record<string, Rule>;
