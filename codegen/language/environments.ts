import { listOf, mapOf, mapping, optional, required } from "./collections.js";
import { PLACE_NAME, ROUTE_NAME, TOPIC_NAME } from "./names.js";
import { boolean, choice, duration, integer, text } from "./scalars.js";

const TOPIC = text("a topic's name", new RegExp(TOPIC_NAME.pattern));

const KAFKA = mapping("a Kafka cluster", {
  brokers: required(
    listOf("broker addresses", text("an address such as host:9092", /\S/), { nonEmpty: true }),
    "Addresses to start from.",
  ),
  tls: optional(boolean(), "Whether connections are encrypted; default false."),
  sasl: optional(
    mapping("sasl", {
      mechanism: required(choice("plain", "scram-sha-256", "scram-sha-512"), "How to sign in."),
      username: required(text("a user name", /\S/), "Who signs in."),
      password: required(text("a password", /\S/), "Its password; a variable, never the secret itself."),
    }),
    "How to sign in; default not at all.",
  ),
});

export const CLUSTER = mapping(
  "a cluster",
  {
    sqlite: optional(text("a file name", /^[^\0]+$/), "File of an embedded log, in the data folder."),
    memory: optional(choice(true), "A log in memory, for tests."),
    kafka: optional(KAFKA, "A Kafka cluster."),
  },
  ["sqlite", "memory", "kafka"],
);

const TOPIC_SPEC = mapping("a topic", {
  cluster: required(text("a cluster's name"), "Where the topic lies."),
  partitions: optional(integer({ min: 1, max: 10_000 }), "Number of partitions; default 1."),
  dead_letter: optional(TOPIC, "Topic of its dead letters, on the same cluster; default <topic>-dlq."),
  retry: optional(TOPIC, "Topic its retries are appended to, on the same cluster; default the topic itself."),
});

const COUNT = integer({ min: 1, max: 10_000_000 });

const POOL = mapping("a pool", {
  topics: required(listOf("topic names", text("a topic's name"), { nonEmpty: true }), "Topics the pool reads."),
  group: optional(
    text("a consumer group", /^[A-Za-z0-9._-]{1,249}$/),
    "Consumer group; default <application>.<environment>.<pool>.",
  ),
  max_pending_count: optional(COUNT, "How many activations of a topic may be pending; default 16384."),
  max_processing_count: optional(COUNT, "How many activations of a topic may be processing; default 16384."),
  max_processing_attempts: optional(
    integer({ min: 1, max: 1000 }),
    "How often an activation may be lost with its worker; default 5.",
  ),
  max_processing_deadline: optional(duration({ positive: true }), "Longest processing deadline; default 1h."),
});

export const ENVIRONMENT = mapping("an environment", {
  clusters: required(mapOf(PLACE_NAME, CLUSTER), "Where topics lie."),
  topics: required(mapOf(TOPIC_NAME, TOPIC_SPEC), "What activations are appended to."),
  routes: required(mapOf(ROUTE_NAME, text("a topic's name")), 'Topic of each namespace; "*" stands for all others.'),
  pools: optional(mapOf(PLACE_NAME, POOL), "Groups of brokers and workers; default one, `default`, with all topics."),
});

export const ENVIRONMENTS = mapOf(PLACE_NAME, ENVIRONMENT);
