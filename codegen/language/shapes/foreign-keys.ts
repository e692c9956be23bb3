/**
 * Keys that people know from other systems, by the mapping they write them in. A word is the key to write instead, with a
 * remark after "|"; anything else is a sentence about where it belongs. Case, "_" and "-" do not count.
 */
const FOREIGN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a schema file": {
    "version schema": "taskwire",
    "app project service application_name": "application",
    "models records schemas definitions enums structs messages": "types",
    "retries retry retry_policy policies": "retry_policies",
    "namespace modules groups": "namespaces",
    "env envs environment": "environments",
    "default settings options task_defaults common": "defaults",
    "tasks jobs functions workflows": "tasks are declared in a namespace: namespaces: { NAME: { tasks: { ... } } }",
    "queues topics clusters routes pools brokers kafka":
      "it belongs in an environment: environments: { local: { clusters, topics, routes } }",
    "import imports include includes": "every *.yaml file of the schema folder is read; nothing is imported",
  },
  "a namespace": {
    "team maintainer owned_by owners": "owner",
    "tags annotations metadata": "labels",
    "prefix wire_prefix": "name_prefix",
    "envs env": "environments",
    "task jobs functions handlers": "tasks",
    "retries retry_policy": "retry",
    "timeout deadline time_limit default_timeout default_processing_deadline processing_deadline_duration":
      "processing_deadline",
    "ttl expiry expiration expire": "expires",
    "prefix task_prefix wire_prefix names_prefix wire_name_prefix": "name_prefix",
    "env envs environment only_in enabled": "environments",
    "team owners maintainer maintainers": "owner",
    "tags annotations metadata meta": "labels",
    "doc docs summary comment help": "description",
    "topic queue route": "an environment routes it to a topic: routes: { NAMESPACE: TOPIC }",
    "app application app_name application_name":
      "if another application runs it, write external: { application: NAME }",
  },
  "a task": {
    "team maintainer owned_by owners": "owner",
    "tags annotations metadata": "labels",
    "retries attempts retry_policy max_retries max_attempts max_tries tries autoretry_for on_failure retry_on":
      "retry|Write retry: { times: 3, delay: 10s }; times counts every run, including the first",
    "timeout deadline time_limit soft_time_limit processing_timeout processing_deadline_duration max_duration run_timeout":
      "processing_deadline",
    "params args arguments kwargs input inputs fields payload schema signature": "parameters",
    "ttl expiry expiration expire expires_in max_age": "expires",
    "alias aliases old_name old_names former_name renamed_from previous_name": "formerly",
    "silenced_exceptions silence silent ignored_exceptions quiet_errors": "silenced",
    "once run_once exactly_once acks_late": "at_most_once",
    "doc docs summary comment help": "description",
    "team owners maintainer maintainers": "owner",
    "tags annotations metadata meta": "labels",
    "env envs environment environments only_in enabled":
      "limit its namespace instead: environments: [NAME]; or its schedule: enabled: [NAME]",
    "compression_type compress": "compression",
    "wire_name task_name full_name": "name",
    "cron crontab": 'write schedule: { cron: "*/10 * * * *" }',
    "every interval period repeat": "write schedule: { every: 5m }",
    "times delay backoff max_delay times_exceeded on ignore":
      "it is a key of a retry policy: write retry: { times: 3, delay: 10s }",
    "countdown eta run_at schedule_at": "the caller sets it: .delay(input, { countdown: 60 })",
    "wait_for_delivery ack acks":
      "remove it: .delay() always resolves when the activation is on disk, or on Kafka's replicas",
    "queue topic routing_key": "an environment routes its namespace to a topic: routes: { NAMESPACE: TOPIC }",
    "alias_namespace old_namespace":
      "remove it: a task that keeps its wire name can move to another namespace; formerly lists former wire names",
    "priority rate_limit concurrency max_concurrency":
      "there is no such key; give urgent work a namespace with a topic and a pool of its own",
    "returns result return_type output": "remove it: tasks return nothing",
    "handler function module": "remove it: handlers are written in TypeScript; `npx taskwire scaffold` adds them",
  },
  defaults: {
    "retries attempts retry_policy": "retry",
    "timeout deadline time_limit soft_time_limit processing_deadline_duration": "processing_deadline",
    "ttl expiry expiration expire expires_in": "expires",
    "name_prefix prefix owner labels environments": "set it on each namespace",
  },
  "a retry policy": {
    "attempts retries max_retries max_attempts max_tries tries limit count max total":
      "times|It counts every run, including the first",
    "retry_on on_error on_errors on_exceptions errors exceptions autoretry_for retry_for catch only": "on",
    "ignore_on ignore_errors ignored ignored_exceptions dont_retry_on no_retry_on except exclude not_on non_retryable throws":
      "ignore",
    "interval wait retry_delay initial_delay min_delay base_delay retry_after default_retry_delay initial_interval seconds":
      "delay",
    "max_interval max_backoff retry_backoff_max cap max_wait": "max_delay",
    "retry_backoff strategy exponential backoff_type backoff_coefficient factor": "backoff",
    "retry_jitter randomize random": "jitter",
    "dead_letter deadletter dlq on_exhausted on_failure then finally last_action action": "times_exceeded",
  },
  "a parameter or field": {
    "minimum ge gte at_least": "min",
    "maximum le lte at_most": "max",
    "min_items min_size": "min_length",
    "max_items max_size length size": "max_length",
    "regex regexp matches": "pattern",
    "null allow_null none is_null": "nullable",
    "default_value default_factory initial": "default",
    "doc docs summary comment help title": "description",
    "alias aliases old_name renamed_from": "formerly",
    "kind datatype data_type": "type",
    "required optional": 'write "int?" for what may be left out; all others are required',
    "enum choices options one_of values":
      "declare the values under types, such as Level: { values: [low, high] }, and write type: Level",
    "items element elements of": 'a list is written "int[]", with the type of its elements',
    "gt exclusive_minimum lt exclusive_maximum": "there are only inclusive bounds: min and max",
  },
  "a type": {
    "properties attributes members columns parameters": "fields",
    "enum choices options one_of variants": "values",
    "minimum ge": "min",
    "maximum le": "max",
    "regex regexp": "pattern",
    "required optional": 'write "int?" for a field that may be left out',
    "doc docs summary comment help title": "description",
  },
  "a schedule": {
    "crontab expression schedule cron_expression spec": "cron",
    "interval period seconds repeat_every rate": "every",
    "tz zone": "timezone",
    "args params kwargs arguments input": "parameters",
    "catchup catch_up misfire backfill missed_runs": "missed",
    "active disabled paused": "enabled",
    "env envs environment environments only_in": "enabled|A list, enabled: [NAME], limits it to these environments",
    "splay spread": "jitter",
    "minutes hours days minute hour": "write every: 5m, or cron with its five fields",
  },
  "an environment": {
    "cluster servers brokers": "clusters",
    "queues queue topic streams": "topics",
    "route routing namespaces": "routes",
    "pool workers groups": "pools",
  },
  "a cluster": {
    "file path db database filename": "sqlite",
    "in_memory mem": "memory",
    "brokers bootstrap_servers hosts servers": 'write kafka: { brokers: ["HOST:9092"] }',
    "postgres redis rabbitmq sqs": "a cluster is sqlite, memory or kafka",
  },
  "a Kafka cluster": {
    "bootstrap_servers hosts servers bootstrap addresses": "brokers",
    "ssl security_protocol": "tls",
    "auth authentication": "sasl",
  },
  sasl: { "user login": "username", "pass secret": "password", type: "mechanism" },
  "a topic": {
    "num_partitions partition_count partition": "partitions",
    "dlq dead_letter_topic dead_letter_queue": "dead_letter",
    "dlq_retention dead_letter_ttl retention_dead_letter": "dead_letter_retention",
    retry_topic: "retry",
    "env envs environment environments only_in": "remove it: a topic is in the environments that declare it",
    "replication_factor replicas retention": "remove it: it is set on the cluster, not in the schema",
  },
  "a pool": {
    "topic queues queue": "topics",
    "consumer_group group_id": "group",
    "concurrency workers processes": "remove it: set it on the worker, taskwire worker --concurrency N",
  },
};

const BY_MAPPING = new Map(
  Object.entries(FOREIGN).map(([what, groups]) => [
    what,
    new Map(
      Object.entries(groups).flatMap(([words, instead]) => words.split(" ").map((word) => [plain(word), instead])),
    ),
  ]),
);

/** What to write for a foreign key. */
interface Instead {
  /** A key of the mapping. */
  readonly key?: string;
  /** Where it belongs, or a remark about the key. */
  readonly sentence?: string;
}

/** Undefined when nothing is known of the word. */
export function foreignKey(what: string, found: string): Instead | undefined {
  const text = BY_MAPPING.get(what)?.get(plain(found));
  return text === undefined ? undefined : insteadOf(text);
}

function insteadOf(text: string): Instead {
  const [key = "", sentence] = text.split("|");
  if (sentence !== undefined) return { key, sentence };
  return key.includes(" ") ? { sentence: key } : { key };
}

/** All mappings and words. Exported for tests, which compare them with the language. */
export function foreignKeys(): readonly (readonly [what: string, word: string, instead: Instead])[] {
  return [...BY_MAPPING].flatMap(([what, words]) =>
    [...words].map(([word, text]) => [what, word, insteadOf(text)] as const),
  );
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, "");
}
