import { z } from "zod";
import type { JsonValue, Model } from "./model.js";

const text = z.string();
const count = z.int().nonnegative();

const json: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), text, z.array(json), z.record(text, json)]),
);

const constraints = {
  min: z.number().optional(),
  max: z.number().optional(),
  minLength: count.optional(),
  maxLength: count.optional(),
  pattern: text.optional(),
};

const type: z.ZodType<unknown> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.object({
      kind: z.enum(["int", "bigint", "float", "string", "bool", "bytes", "datetime", "uuid", "json"]),
      ...constraints,
    }),
    z.object({ kind: z.literal("list"), element: type, ...constraints }),
    z.object({ kind: z.literal("map"), element: type }),
    z.object({ kind: z.literal("named"), name: text }),
  ]),
);

const field = z.object({
  name: text,
  type,
  optional: z.boolean(),
  nullable: z.boolean(),
  description: text.optional(),
  deprecated: text.optional(),
  formerly: z.array(text).optional(),
  default: json.optional(),
  sensitive: z.literal(true).optional(),
});

const retry = z.object({
  times: z.int().positive(),
  timesExceeded: z.enum(["discard", "deadletter"]),
  delay: count,
  backoff: z.enum(["fixed", "exponential"]),
  maxDelay: count.optional(),
  jitter: z.number().min(0).max(1),
  on: z.array(text).optional(),
  ignore: z.array(text).optional(),
});

const schedule = z.object({
  plan: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("cron"), expression: text, timezone: text }),
    z.object({ kind: z.literal("every"), period: z.int().positive() }),
  ]),
  words: text,
  parameters: z.record(text, json).optional(),
  missed: z.union([z.enum(["skip", "once"]), z.int().positive()]),
  jitter: count,
  enabled: z.union([z.boolean(), z.array(text)]),
});

const task = z.object({
  key: text,
  name: text,
  description: text.optional(),
  deprecated: text.optional(),
  formerly: z.array(text).optional(),
  hash: text,
  parameters: z.array(field),
  retry: retry.optional(),
  processingDeadline: count,
  expires: count.optional(),
  atMostOnce: z.boolean(),
  compression: z.enum(["auto", "zstd", "none"]),
  silenced: z.array(text).optional(),
  schedule: schedule.optional(),
  owner: text.optional(),
  labels: z.record(text, text).optional(),
});

const cluster = z.discriminatedUnion("kind", [
  z.object({ name: text, kind: z.literal("sqlite"), file: text }),
  z.object({ name: text, kind: z.literal("memory") }),
  z.object({
    name: text,
    kind: z.literal("kafka"),
    brokers: z.array(text),
    tls: z.boolean(),
    certificates: z.object({ ca: text.optional(), cert: text.optional(), key: text.optional() }).optional(),
    sasl: z
      .union([
        z.object({ mechanism: z.enum(["plain", "scram-sha-256", "scram-sha-512"]), username: text, password: text }),
        z.object({ mechanism: z.literal("oauthbearer"), tokenFile: text }),
        z.object({
          ...{ mechanism: z.literal("oauthbearer"), tokenUrl: text, clientId: text, clientSecret: text },
          scope: text.optional(),
        }),
        z.object({ mechanism: z.literal("aws-msk-iam"), region: text }),
      ])
      .optional(),
  }),
]);

const environment = z.object({
  name: text,
  clusters: z.array(cluster),
  topics: z.array(
    z.object({
      name: text,
      cluster: text,
      partitions: z.int().positive(),
      deadLetter: text,
      deadLetterRetention: count.optional(),
      retry: text,
      raw: text.optional(),
    }),
  ),
  routes: z.array(z.object({ namespace: text, topic: text })),
  pools: z.array(
    z.object({
      name: text,
      topics: z.array(text),
      group: text,
      maxPendingCount: count,
      maxProcessingCount: count,
      maxProcessingAttempts: count,
      maxProcessingDeadline: count,
      maxDelayCount: count.optional(),
      maxDisk: count.optional(),
      getTaskHold: count.optional(),
      push: z.array(z.object({ application: text, addresses: z.array(text) })).optional(),
    }),
  ),
  absent: z.array(z.object({ namespace: text, environments: z.array(text) })).optional(),
});

/** The form of taskwire.json. */
const modelSchema = z.object({
  taskwire: z.literal(1),
  application: text,
  hash: text,
  withoutPolicy: z.literal("deadletter").optional(),
  types: z.array(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("record"), name: text, description: text.optional(), fields: z.array(field) }),
      z.object({ kind: z.literal("enum"), name: text, description: text.optional(), values: z.array(text) }),
    ]),
  ),
  namespaces: z.array(
    z.object({
      name: text,
      description: text.optional(),
      deprecated: text.optional(),
      external: z.object({ application: text }).optional(),
      raw: z.object({ task: text }).optional(),
      environments: z.array(text).optional(),
      owner: text.optional(),
      labels: z.record(text, text).optional(),
      tasks: z.array(task),
    }),
  ),
  environments: z.array(environment),
});

/** Type checks that the schema above and the types of model.ts agree; codegen writes optional fields or omits them. */
export function isModel(value: unknown): value is Model {
  return modelSchema.safeParse(value).success;
}

/** What is wrong with a value that is no model: a line each. */
export function faultsIn(value: unknown): string {
  const { error } = modelSchema.safeParse(value);
  return error === undefined ? "" : z.prettifyError(error);
}
