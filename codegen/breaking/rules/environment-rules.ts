import type { Rule } from "./level.js";

/** Of environments: where activations lie and who reads them. */
export const ENVIRONMENT_RULES = {
  environment_removed: {
    level: "WIRE",
    breaks: "nothing reads its topics any more, and code that names it no longer compiles",
    rollout: "stop its producers, let its topics run empty, then remove it",
  },
  namespace_left_environment: {
    level: "WIRE",
    breaks:
      "there `.delay()` fails with `namespace_absent` and its schedules stop; what is in flight still runs, but raw records on its topic are taken for activations",
    rollout: "remove its callers and schedules there first, and limit it when nothing of it is in flight there",
  },
  namespace_entered_environment: {
    level: "NOTE",
    breaks: "its tasks can be sent there, and its schedules start there",
    rollout: "release the workers and brokers there before the producers and the scheduler",
  },
  route_moved: {
    level: "WIRE",
    breaks: "older producers append to the old topic; between the two topics there is no order",
    rollout:
      "keep the old topic in its pool, and workers at that pool, until every producer is new and its lag is 0; then remove it",
  },
  topic_removed: {
    level: "WIRE",
    breaks: "nothing reads what lies in it or what older producers append to it",
    rollout: "move its routes, release; remove the topic when every producer is new and its lag is 0",
  },
  unused_topic_removed: {
    level: "NOTE",
    breaks: "nothing reads what may still lie in it; no namespace was routed to it",
    rollout: "make sure that its lag is 0",
  },
  topic_unread: {
    level: "WIRE",
    breaks: "no pool reads the topic: its activations wait for ever",
    rollout: "keep it in a pool until its lag is 0",
  },
  topic_moved: {
    level: "WIRE",
    breaks: "what lies in the topic on the old cluster or file is read by nobody",
    rollout: "declare a new topic on the new cluster, move the routes, and keep the old one until its lag is 0",
  },
  topic_pool_changed: {
    level: "WIRE",
    breaks: "the new pool has its own in-flight file and consumer group: activations in flight stay with the old pool",
    rollout:
      "let the old pool's brokers run without new work until they hold nothing; or route to a new topic in the new pool",
  },
  pool_group_changed: {
    level: "WIRE",
    breaks: "the new consumer group has no committed positions: records are read again or passed over",
    rollout: "keep the group's name with `group`, or set the new group's positions before the brokers start",
  },
  partitions_reduced: {
    level: "WIRE",
    breaks: "Kafka takes no partitions away, and what lies in them has no reader",
    rollout: "declare a topic with fewer partitions, move the routes, and keep the old one until its lag is 0",
  },
  partitions_added: {
    level: "NOTE",
    breaks: "order holds within a partition; what a key was bound to may move to another one",
    rollout: "add them to the topic on the cluster before the release",
  },
  dead_letter_moved: {
    level: "NOTE",
    breaks: "dead letters of the old version lie in the old topic",
    rollout: "read both until the old one is empty",
  },
  retry_topic_moved: {
    level: "NOTE",
    breaks: "retries of brokers of the old version are appended to the old topic",
    rollout: "keep the old retry topic declared, and in a pool, until its lag is 0",
  },
  cluster_brokers_changed: {
    level: "NOTE",
    breaks: "with another cluster behind the addresses, what lies in the old one is read by nobody",
    rollout: "make sure that the addresses lead to the same cluster",
  },
  cluster_access_changed: {
    level: "NOTE",
    breaks: "processes of the two versions sign in differently",
    rollout: "let the cluster accept both until all are new",
  },
  push_removed: {
    level: "WIRE",
    breaks: "the application's workers are no longer sent anything; what is in flight for them waits",
    rollout: "let its workers fetch, or keep the addresses, until nothing for them is in flight",
  },
  pool_limit_lowered: {
    level: "NOTE",
    breaks: "activations meet the lower limit, those in flight included",
    rollout: "make sure that what is in flight stays within it",
  },
} as const satisfies Record<string, Rule>;
