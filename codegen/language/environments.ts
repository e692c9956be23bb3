import { APPLICATION_KEY, asText, PLACE_NAME, ROUTE_NAME, TOPIC_NAME } from "./names.js";
import { either } from "./shapes/alternatives.js";
import { listOf, mapOf, mapping, optional, required } from "./shapes/collections.js";
import { boolean, choice, duration, integer, size, text } from "./shapes/scalars.js";

const NOT_BLANK = { pattern: /\S/, words: "not blank" };
/** Neither absolute nor outside the folder. */
const INSIDE = {
  pattern: /^(?![/~])(?!(.*\/)?\.\.(\/|$))[^\0\\]+$/,
  words: "inside the data folder, without .. and backslashes",
};
const GROUP = { pattern: /^[A-Za-z0-9._-]{1,249}$/, words: "letters, digits, dots, _ and -, 249 characters at most" };
const TOPIC = text("a topic's name", asText(TOPIC_NAME));

const CERTIFICATES = mapping("certificates", {
  ca: optional(
    text("a file name", NOT_BLANK),
    "PEM file of the CAs of the brokers' certificates; default those that Node.js trusts.",
  ),
  cert: optional(text("a file name", NOT_BLANK), "PEM file of the client certificate; with `key`."),
  key: optional(text("a file name", NOT_BLANK), "PEM file of its key, unencrypted."),
});

const KAFKA = mapping("a Kafka cluster", {
  brokers: required(
    listOf("broker addresses", text("an address such as host:9092", NOT_BLANK), { nonEmpty: true }),
    "Addresses to start from.",
  ),
  tls: optional(
    either("true, false or certificates (a mapping)", boolean(), CERTIFICATES),
    "Whether connections are encrypted, and the certificates; default false.",
  ),
  sasl: optional(
    mapping("sasl", {
      mechanism: required(
        choice("plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "aws-msk-iam"),
        "How to authenticate; the other keys depend on it.",
      ),
      username: optional(text("a user name", NOT_BLANK), "User name (plain and scram: required)."),
      password: optional(
        text("a password", NOT_BLANK),
        "Password (plain and scram: required); a variable, never the secret itself.",
      ),
      token_file: optional(
        text("a file name", NOT_BLANK),
        "File with the token (oauthbearer); read again for each connection.",
      ),
      token_url: optional(
        text("a URL", NOT_BLANK),
        "OpenID Connect token endpoint for client credentials (oauthbearer, instead of `token_file`).",
      ),
      client_id: optional(text("a client's id", NOT_BLANK), "Client id (with `token_url`)."),
      client_secret: optional(
        text("a secret", NOT_BLANK),
        "Client secret (with `token_url`); a variable, never the secret itself.",
      ),
      scope: optional(text("scopes", NOT_BLANK), "Scopes to request (with `token_url`); default none."),
      region: optional(
        text("an AWS region", NOT_BLANK),
        "Region of the cluster (aws-msk-iam: required; needs the package aws-msk-iam-sasl-signer-js).",
      ),
    }),
    "How to authenticate; default not at all.",
  ),
});

const CLUSTER = mapping(
  "a cluster",
  {
    sqlite: optional(text("a file name", INSIDE), "File of an embedded log, in the data folder."),
    memory: optional(choice(true), "A log in memory, for tests."),
    kafka: optional(KAFKA, "A Kafka cluster."),
  },
  ["sqlite", "memory", "kafka"],
);

const TOPIC_SPEC = mapping("a topic", {
  cluster: required(text("a cluster's name"), "Cluster that holds the topic."),
  partitions: optional(integer({ min: 1, max: 10_000 }), "Number of partitions; default 1."),
  dead_letter: optional(TOPIC, "Topic for its dead letters, on the same cluster; default `<topic>-dlq`."),
  dead_letter_retention: optional(
    duration({ positive: true }),
    "How long its dead letters are kept; default 30d on Kafka, without end elsewhere. Of topics that share a dead-letter topic the longest counts.",
  ),
  retry: optional(
    TOPIC,
    "Topic for its retries, on the same cluster; default the topic itself, `<topic>-retry` for a raw one.",
  ),
});

const COUNT = integer({ min: 1, max: 10_000_000 });
/** Rows of the in-flight file, not memory. */
const DISK_COUNT = integer({ min: 1, max: 1_000_000_000 });
/** An empty in-flight file already has some pages. */
const SMALLEST_DISK = 16 * 1024 * 1024;
/** The client waits for the answer that long. */
const LONGEST_HOLD_MS = 60_000;
/** HOST:PORT; the host is a name, an IPv4 address, or an IPv6 address in brackets. An address with a variable is checked when a process connects. */
const ADDRESS = text("an address such as worker:50061", {
  pattern: /^([\w.-]+|\[[\dA-Fa-f:.]+\]):[1-9]\d{0,4}$|\$\{/,
  words: "a host, a colon and a port",
});

const POOL = mapping("a pool", {
  topics: required(listOf("topic names", text("a topic's name"), { nonEmpty: true }), "Topics the pool reads."),
  group: optional(text("a consumer group", GROUP), "Consumer group; default `<application>.<environment>.<pool>`."),
  push: optional(
    mapOf(APPLICATION_KEY, listOf("worker addresses", ADDRESS, { nonEmpty: true })),
    "Applications whose work is pushed, each with the addresses of its workers; default none.",
  ),
  get_task_hold: optional(
    duration({ positive: false, fractions: true, max: LONGEST_HOLD_MS }),
    "How long an empty GetTask waits for new work, at most 1m; 0 answers at once; default 1s.",
  ),
  max_pending_count: optional(COUNT, "How many activations of a topic may be pending; default 16384."),
  max_processing_count: optional(COUNT, "How many activations of a topic may be processing; default 16384."),
  max_delay_count: optional(DISK_COUNT, "How many activations of a topic may be delayed; default unlimited."),
  max_processing_attempts: optional(
    integer({ min: 1, max: 1000 }),
    "How many times an activation may be lost with its worker; default 5.",
  ),
  max_processing_deadline: optional(duration({ positive: true }), "Longest processing deadline; default 1h."),
  max_disk: optional(
    size({ min: SMALLEST_DISK }),
    "Largest size of the pool's in-flight file, such as 512MiB; default 8GiB.",
  ),
});

export const ENVIRONMENT = mapping("an environment", {
  clusters: required(mapOf(PLACE_NAME, CLUSTER), "Clusters that hold the topics."),
  topics: required(mapOf(TOPIC_NAME, TOPIC_SPEC), "Topics that activations are appended to."),
  routes: required(mapOf(ROUTE_NAME, text("a topic's name")), 'Topic of each namespace; "*" for all others.'),
  pools: optional(mapOf(PLACE_NAME, POOL), "Groups of brokers and workers; default one, `default`, with all topics."),
});

export const ENVIRONMENTS = mapOf(PLACE_NAME, ENVIRONMENT);
