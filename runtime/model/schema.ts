import {
  anyOf,
  count,
  type Form,
  fits,
  flag,
  later,
  list,
  map,
  number,
  object,
  oneOf,
  positive,
  type Report,
  share,
  tagged,
  text,
} from "./form.js";
import type { Model } from "./model.js";

// By hand, not with zod: a broker reads nothing else that zod would check, and zod takes longer to load than the rest.

const json: Form = later(() => anyOf("a value of JSON", oneNull, flag, number, text, list(json), map(json)));
const oneNull: Form = (value, at, report) => {
  if (value !== null) report(at, "null", value);
};

const constraints = { min: number, max: number, minLength: count, maxLength: count, pattern: text };
const SCALARS = ["int", "bigint", "float", "string", "bool", "bytes", "datetime", "uuid", "json"];

const type: Form = later(() => types);
const types = tagged("kind", {
  ...Object.fromEntries(SCALARS.map((kind) => [kind, object({}, constraints)])),
  list: object({ element: type }, constraints),
  map: object({ element: type }),
  named: object({ name: text }),
});

const field = object(
  { name: text, type, optional: flag, nullable: flag },
  { description: text, deprecated: text, formerly: list(text), default: json },
);

const retry = object(
  {
    times: positive,
    timesExceeded: oneOf("discard", "deadletter"),
    delay: count,
    backoff: oneOf("fixed", "exponential"),
    jitter: share,
  },
  { maxDelay: count, on: list(text), ignore: list(text) },
);

const schedule = object(
  {
    plan: tagged("kind", {
      cron: object({ expression: text, timezone: text }),
      every: object({ period: positive }),
    }),
    words: text,
    missed: anyOf('"skip", "once" or a whole number from 1', oneOf("skip", "once"), positive),
    jitter: count,
    enabled: anyOf("true, false or a list of strings", flag, list(text)),
  },
  { parameters: map(json) },
);

const task = object(
  {
    key: text,
    name: text,
    hash: text,
    parameters: list(field),
    processingDeadline: count,
    atMostOnce: flag,
    compression: oneOf("auto", "zstd", "none"),
  },
  {
    description: text,
    deprecated: text,
    formerly: list(text),
    retry,
    expires: count,
    silenced: list(text),
    schedule,
    owner: text,
    labels: map(text),
  },
);

const password = object({ username: text, password: text });
const sasl = tagged("mechanism", {
  plain: password,
  "scram-sha-256": password,
  "scram-sha-512": password,
  oauthbearer: anyOf(
    "tokenFile, or tokenUrl, clientId and clientSecret, as strings",
    object({ tokenFile: text }),
    object({ tokenUrl: text, clientId: text, clientSecret: text }, { scope: text }),
  ),
  "aws-msk-iam": object({ region: text }),
});

const cluster = tagged("kind", {
  sqlite: object({ name: text, file: text }),
  memory: object({ name: text }),
  kafka: object(
    { name: text, brokers: list(text), tls: flag },
    { certificates: object({}, { ca: text, cert: text, key: text }), sasl },
  ),
});

const environment = object(
  {
    name: text,
    clusters: list(cluster),
    topics: list(
      object({ name: text, cluster: text, partitions: positive, deadLetter: text, retry: text }, { raw: text }),
    ),
    routes: list(object({ namespace: text, topic: text })),
    pools: list(
      object(
        {
          name: text,
          topics: list(text),
          group: text,
          maxPendingCount: count,
          maxProcessingCount: count,
          maxProcessingAttempts: count,
          maxProcessingDeadline: count,
        },
        {
          maxDelayCount: count,
          maxDisk: count,
          getTaskHold: count,
          push: list(object({ application: text, addresses: list(text) })),
        },
      ),
    ),
  },
  { absent: list(object({ namespace: text, environments: list(text) })) },
);

/** The form of taskwire.json. */
const model = object(
  {
    taskwire: oneOf(1),
    application: text,
    hash: text,
    types: list(
      tagged("kind", {
        record: object({ name: text, fields: list(field) }, { description: text }),
        enum: object({ name: text, values: list(text) }, { description: text }),
      }),
    ),
    namespaces: list(
      object(
        { name: text, tasks: list(task) },
        {
          description: text,
          deprecated: text,
          external: object({ application: text }),
          raw: object({ task: text }),
          environments: list(text),
          owner: text,
          labels: map(text),
        },
      ),
    ),
    environments: list(environment),
  },
  { withoutPolicy: oneOf("deadletter") },
);

/** The form above and the types of model.ts say the same; optional fields are written by codegen or absent. */
export function isModel(value: unknown): value is Model {
  return fits(model, value);
}

/** A line for each place where it is no model, and what was expected there. */
export function modelProblems(value: unknown): readonly string[] {
  const lines: string[] = [];
  const report: Report = (at, expected, got) =>
    lines.push(`${at === "" ? "the whole" : `at ${at}`}: expected ${expected}, got ${short(got)}`);
  model(value, "", report);
  return lines;
}

const LONGEST = 60;

function short(value: unknown): string {
  const said = value === undefined ? "nothing" : JSON.stringify(value);
  return said.length > LONGEST ? `${said.slice(0, LONGEST)}…` : said;
}
