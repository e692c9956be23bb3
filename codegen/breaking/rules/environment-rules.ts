import type { Rule } from "./level.js";

/** Rules about environments: where activations are stored and who reads them. */
export const ENVIRONMENT_RULES = {
  environment_removed: {
    level: "WIRE",
    breaks: "nothing reads its topics, and code that names it no longer compiles",
    rollout: "stop its producers, wait until its topics are empty, then remove it",
  },
  namespace_left_environment: {
    level: "WIRE",
    breaks:
      "`.delay()` there fails with `namespace_absent` and its schedules stop; activations in flight still run, but raw records on its topic are read as activations",
    rollout: "remove its callers and schedules there first; limit it when none of its activations are in flight there",
  },
  namespace_entered_environment: {
    level: "NOTE",
    breaks: "its tasks can be sent there, and its schedules start there",
    rollout: "release the workers and brokers there before the producers and the scheduler",
  },
  route_moved: {
    level: "WIRE",
    breaks: "older producers append to the old topic; there is no order between the two topics",
    rollout:
      "keep the old topic in its pool, with workers, until every producer is updated and its lag is 0; then remove it",
  },
  topic_removed: {
    level: "WIRE",
    breaks: "nothing reads its activations, nor those that older producers append",
    rollout: "move its routes and release; remove the topic when every producer is updated and its lag is 0",
  },
  unused_topic_removed: {
    level: "NOTE",
    breaks: "nothing reads activations that are still in it; no namespace was routed to it",
    rollout: "make sure that its lag is 0",
  },
  topic_unread: {
    level: "WIRE",
    breaks: "no pool reads the topic: its activations wait forever",
    rollout: "keep it in a pool until its lag is 0",
  },
  topic_moved: {
    level: "WIRE",
    breaks: "nothing reads the activations in the topic on the old cluster or file",
    rollout: "declare a new topic on the new cluster, move the routes, and keep the old one until its lag is 0",
  },
  topic_pool_changed: {
    level: "WIRE",
    breaks: "the new pool has its own in-flight file and consumer group: activations in flight stay with the old pool",
    rollout:
      "keep the old pool's brokers running without new work until nothing is in flight there; or route to a new topic in the new pool",
  },
  pool_group_changed: {
    level: "WIRE",
    breaks: "the new consumer group has no committed positions: records are read again or skipped",
    rollout: "keep the group's name with `group`, or set the new group's positions before the brokers start",
  },
  partitions_reduced: {
    level: "WIRE",
    breaks: "Kafka does not remove partitions, and nothing reads the activations in the extra ones",
    rollout: "declare a topic with fewer partitions, move the routes, and keep the old one until its lag is 0",
  },
  partitions_added: {
    level: "NOTE",
    breaks: "order is kept within a partition only, and a key may move to another partition",
    rollout: "add them to the topic on the cluster before the release",
  },
  dead_letter_moved: {
    level: "NOTE",
    breaks: "dead letters of the old version are in the old topic",
    rollout: "read both until the old one is empty",
  },
  dead_letter_retention_shortened: {
    level: "NOTE",
    breaks:
      "dead letters that are older are deleted: on a SQLite cluster when the next broker starts, on Kafka once the topic is changed",
    rollout: "export or replay them before the release",
  },
  retry_topic_moved: {
    level: "NOTE",
    breaks: "retries of brokers of the old version are appended to the old topic",
    rollout: "keep the old retry topic declared, and in a pool, until its lag is 0",
  },
  cluster_brokers_changed: {
    level: "NOTE",
    breaks: "if the addresses belong to another cluster, nothing reads the activations in the old one",
    rollout: "make sure that the addresses belong to the same cluster",
  },
  cluster_access_changed: {
    level: "NOTE",
    breaks: "processes of the two versions authenticate differently",
    rollout: "let the cluster accept both until all processes are updated",
  },
  push_removed: {
    level: "WIRE",
    breaks: "nothing is pushed to the application's workers; their activations in flight wait",
    rollout: "let its workers fetch, or keep the addresses, until none of their activations are in flight",
  },
  pool_limit_lowered: {
    level: "NOTE",
    breaks: "the lower limit also applies to activations in flight",
    rollout: "make sure that the activations in flight stay within it",
  },
} as const satisfies Record<string, Rule>;
