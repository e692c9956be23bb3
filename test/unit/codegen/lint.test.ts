import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lintCommand } from "#codegen/commands/index.js";
import { lint, RULES } from "#codegen/lint/lint.js";
import { Project } from "../../support/processes/project.js";

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project[Symbol.dispose]());

/** `line:column code` of every warning. */
async function warnings(text: string): Promise<readonly string[]> {
  project.write("schema/app.yaml", `taskwire: 1\napplication: app\n${text}`);
  const result = await lint({ schema: "schema", strict: true, cwd: project.folder });
  if (result.kind === "problems") throw new Error(JSON.stringify(result.problems));
  return result.warnings.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

const task = (rest: string, namespace = "") =>
  `namespaces:\n  a:\n    description: A.\n${namespace}    tasks:\n      one: { description: One., ${rest} }\n`;
const policy = (rest: string) =>
  `retry_policies:\n  p: { ${rest} }\nnamespaces:\n  a: { description: A., retry: p, tasks: { one: { description: One. } } }\n`;
const environment = (rest: string) =>
  `environments:\n  local:\n${rest}    routes: { "*": t }\nnamespaces:\n  a: { description: A., tasks: { one: { description: One. } } }\n`;

const CASES: Record<string, { readonly text: string; readonly at: string; readonly fixed: string }> = {
  missing_description: {
    text: "namespaces:\n  a: { description: A., tasks: { one: {} } }\n",
    at: "4:34",
    fixed: "namespaces:\n  a: { description: A., tasks: { one: { description: One. } } }\n",
  },
  description_cut: {
    text: "namespaces:\n  a:\n    description: Closes issue #12\n    tasks: { one: { description: One. } }\n",
    at: "5:18",
    fixed:
      'namespaces:\n  a:\n    description: "Closes issue #12" # quoted\n    tasks: { one: { description: One. } }\n',
  },
  empty_namespace: {
    text: "namespaces:\n  a: { description: A., tasks: {} }\n",
    at: "4:3",
    fixed: "namespaces:\n  a: { description: A., tasks: { one: { description: One. } } }\n",
  },
  deprecated_scheduled: {
    text: task("deprecated: use two, schedule: { every: 1h }"),
    at: "7:54",
    fixed: task("deprecated: use two, schedule: { every: 1h, enabled: false }"),
  },
  deadline_over_expiry: {
    text: task("processing_deadline: 2m, expires: 1m"),
    at: "7:67",
    fixed: task("processing_deadline: 1m, expires: 1m"),
  },
  expiry_below_delay: {
    text: task("expires: 1m, retry: { times: 5, times_exceeded: discard, delay: 10s, backoff: exponential }"),
    at: "7:42",
    fixed: task(
      "expires: 1m, retry: { times: 5, times_exceeded: discard, delay: 10s, backoff: exponential, max_delay: 30s }",
    ),
  },
  retry_not_inherited: {
    text: task("at_most_once: true", "    retry: { times: 3, times_exceeded: discard, delay: 1s }\n"),
    at: "8:47",
    fixed: task(
      "at_most_once: true, retry: { times: 1 }",
      "    retry: { times: 3, times_exceeded: discard, delay: 1s }\n",
    ),
  },
  schedule_overlaps: {
    text: task("schedule: { every: 10s }"),
    at: "7:43",
    fixed: task("schedule: { every: 10s }, processing_deadline: 10s"),
  },
  retry_without_effect: {
    text: policy("times: 1, delay: 10s"),
    at: "4:18",
    fixed: policy("times: 1"),
  },
  retry_at_once: {
    text: policy("times: 3, times_exceeded: discard"),
    at: "4:3",
    fixed: policy("times: 3, times_exceeded: discard, delay: 1s"),
  },
  jitter_without_delay: {
    text: `# taskwire-lint: ignore retry_at_once\n${policy("times: 3, times_exceeded: discard, jitter: 0.2").replace("  p:", "  # taskwire-lint: ignore retry_at_once\n  p:")}`,
    at: "6:43",
    fixed: policy("times: 3, times_exceeded: discard, jitter: 0.2, delay: 1s"),
  },
  unused_default: {
    text: `defaults: { expires: 1h }\n${task("expires: 2h")}`,
    at: "3:13",
    fixed: `defaults: { expires: 1h }\n${task("")}`,
  },
  prefix_unjoined: {
    text: task("", "    name_prefix: app.tasks\n"),
    at: "6:18",
    fixed: task("", "    name_prefix: app.tasks.\n"),
  },
  unused_type: {
    text: `types:\n  Used: { fields: { inner: Inner } }\n  Inner: { fields: { x: int } }\n  Lost: { fields: { self: Inner } }\n${task('parameters: { u: "Used[]?" }')}`,
    at: "6:3",
    fixed: `types:\n  Used: { fields: { inner: Inner } }\n  Inner: { fields: { x: int } }\n${task("parameters: { u: { type: Used } }")}`,
  },
  unused_policy: {
    text: `retry_policies:\n  p: { times: 1 }\n${task("")}`,
    at: "4:3",
    fixed: policy("times: 1"),
  },
  unused_cluster: {
    text: environment(
      "    clusters: { c: { sqlite: a.db }, d: { memory: true } }\n    topics: { t: { cluster: c } }\n",
    ),
    at: "5:38",
    fixed: environment("    clusters: { c: { sqlite: a.db } }\n    topics: { t: { cluster: c } }\n"),
  },
  unused_topic: {
    text: environment(
      "    clusters: { c: { sqlite: a.db } }\n    topics: { t: { cluster: c, dead_letter: u }, u: { cluster: c }, v: { cluster: c } }\n",
    ),
    at: "6:69",
    fixed: environment("    clusters: { c: { sqlite: a.db } }\n    topics: { t: { cluster: c } }\n"),
  },
  error_name_unlikely: {
    text: policy("times: 3, times_exceeded: discard, delay: 1s, on: [Timeout, Exception]"),
    at: "4:68",
    fixed: policy("times: 3, times_exceeded: discard, delay: 1s, on: [Timeout, Error]"),
  },
  error_in_both: {
    text: policy("times: 3, times_exceeded: discard, delay: 1s, on: [A, B], ignore: [B]"),
    at: "4:62",
    fixed: policy("times: 3, times_exceeded: discard, delay: 1s, on: [A], ignore: [B]"),
  },
  secret_in_schema: {
    text: environment(
      '    clusters: { c: { kafka: { brokers: ["k:1"], tls: true, sasl: { mechanism: plain, username: u, password: hunter2 } } } }\n    topics: { t: { cluster: c } }\n',
    ),
    at: "5:109",
    fixed: environment(
      '    clusters: { c: { kafka: { brokers: ["k:1"], tls: true, sasl: { mechanism: plain, username: u, password: "$' +
        '{P}" } } } }\n    topics: { t: { cluster: c } }\n',
    ),
  },
  password_in_clear: {
    text: environment(
      '    clusters: { c: { kafka: { brokers: ["k:1"], sasl: { mechanism: plain, username: u, password: "$' +
        '{P}" } } } }\n    topics: { t: { cluster: c } }\n',
    ),
    at: "5:68",
    fixed: environment(
      '    clusters: { c: { kafka: { brokers: ["k:1"], sasl: { mechanism: scram-sha-512, username: u, password: "$' +
        '{P}" } } } }\n    topics: { t: { cluster: c } }\n',
    ),
  },
};

describe("every rule of lint warns at its place, and not after the fix", () => {
  it.each(RULES.map(({ code }) => code))("%s", async (code) => {
    const one = CASES[code];
    if (one === undefined) throw new Error(`no case for ${code}`);
    expect(await warnings(one.text)).toEqual([`${one.at} ${code}`]);
    expect(await warnings(one.fixed)).toEqual([]);
  });
});

describe("what is inherited", () => {
  it("is warned of at the defaults, once for all tasks", async () => {
    const two =
      "namespaces:\n  a: { description: A., tasks: { one: { description: One. }, two: { description: Two. } } }\n";
    expect(await warnings(`defaults: { processing_deadline: 2m, expires: 1m }\n${two}`)).toEqual([
      "3:47 deadline_over_expiry",
    ]);
  });

  it("counts as a use of a policy, and warns of one that stands there", async () => {
    const text = `defaults: { retry: p }\nretry_policies:\n  p: { times: 2, times_exceeded: discard, delay: 1s }\n${task("")}`;
    expect(await warnings(text)).toEqual([]);
    expect(await warnings(`defaults: { retry: { times: 2, times_exceeded: discard } }\n${task("")}`)).toEqual([
      "3:13 retry_at_once",
    ]);
  });

  it("does not reach what runs at most once, and what another application runs", async () => {
    const unused = "3:13 unused_default";
    const retry = "defaults: { retry: { times: 2, times_exceeded: discard, delay: 1s } }\n";
    expect(await warnings(`${retry}${task("at_most_once: true")}`)).toEqual([unused]);
    expect(await warnings(`${retry}${task("", "    external: { application: b }\n")}`)).toEqual([unused]);
    expect(await warnings(`${retry}${task("")}`)).toEqual([]);
  });

  it("may be a prefix of nothing, or one that ends with a joint", async () => {
    const prefixed = (prefix: string, rest = "") => warnings(task(rest, `    name_prefix: ${prefix}\n`));
    for (const prefix of ['""', "a.", '"a:"', "a/", "a_", "a-"]) expect(await prefixed(prefix)).toEqual([]);
    expect(await prefixed("a.", "name: a.one")).toEqual(["6:5 unused_default"]);
  });
});

describe("a policy with `on: []` is retried when the handler asks for it", () => {
  const asking = (rest: string) => policy(`times: 3, times_exceeded: discard, on: []${rest}`);

  it("may leave the delay to the handler, and gives one of its own for when it does not say", async () => {
    expect(await warnings(asking(""))).toEqual([]);
    expect(await warnings(asking(", delay: 10s, jitter: 0.2"))).toEqual([]);
  });

  it("is what naming the error of task.retry(), or one that is never retried, comes to", async () => {
    const on = (names: string) => warnings(policy(`times: 3, times_exceeded: discard, delay: 1s, on: [${names}]`));
    expect(await on("RetryTaskError")).toEqual(["4:59 retry_without_effect"]);
    expect(await on("BusyError, PermanentError")).toEqual(["4:70 retry_without_effect"]);
    expect(await on("BusyError")).toEqual([]);
  });

  it("has nothing to ignore", async () => {
    expect(await warnings(asking(", ignore: [A]"))).toEqual(["4:51 retry_without_effect"]);
    expect(await warnings(asking(", ignore: []"))).toEqual([]);
  });
});

describe("names of errors", () => {
  const names = async (list: string) => {
    const text = policy(`times: 3, times_exceeded: discard, delay: 1s, ignore: [${list}]`);
    project.write("schema/app.yaml", `taskwire: 1\napplication: app\n${text}`);
    const result = await lint({ schema: "schema", cwd: project.folder });
    return result.kind === "linted" ? result.warnings.map(({ message }) => message) : [];
  };

  it.each([
    ["Exception", "write Error,"],
    ["ValueError", "write RangeError,"],
    ["AttributeError", "write TypeError,"],
    ["Release.DoesNotExist", "has a dot, .* write DoesNotExist$"],
    ["builtins.KeyError", "has a dot, .* write RangeError$"],
    ["ECONNRESET", "is the code of a system error"],
    ["request_timeout", "write RequestTimeout$"],
    ["FileNotFoundError", "write the name of the class that your code throws$"],
  ])("%s is one that no JavaScript error is likely to have", async (name, hint) => {
    expect(await names(name)).toEqual([
      expect.stringMatching(new RegExp(`ignore: ${name.replace(".", "[.]")} .*${hint}`)),
    ]);
  });

  it("that JavaScript or a program may have are none of them", async () => {
    expect(
      await names(
        "Error, TypeError, RangeError, AggregateError, TimeoutError, AbortError, HttpException, DoesNotExist",
      ),
    ).toEqual([]);
  });

  it("of silenced errors count, those of another application's tasks do not", async () => {
    expect(await warnings(task("silenced: [A.B]"))).toEqual(["7:44 error_name_unlikely"]);
    const external = task(
      "retry: { times: 2, delay: 1s, times_exceeded: discard, on: [ValueError] }",
      "    external: { application: b }\n",
    );
    expect(await warnings(external)).toEqual([]);
  });
});

describe("taskwire lint", () => {
  const run = async (
    flags: { readonly strict?: boolean; readonly json?: boolean; readonly rules?: readonly string[] } = {},
  ) => {
    let [out, err] = ["", ""];
    const io = {
      cwd: project.folder,
      out: (text: string) => {
        out += text;
      },
      err: (text: string) => {
        err += text;
      },
      colours: false,
    };
    const code = await lintCommand({ schema: "schema", strict: false, json: false, ...flags }, io);
    return { code, out, err };
  };

  it("exits 0 with warnings, 1 with --strict, and prints them as JSON", async () => {
    await warnings("namespaces:\n  a: { description: A., tasks: { one: {} } }\n");
    const text = "has no description; write a sentence about its purpose: it becomes the comment at every call";
    expect(await run()).toEqual({ code: 0, out: "", err: "taskwire: no warnings\n" });
    expect(await run({ rules: ["missing_description"] })).toEqual({
      code: 0,
      out: `schema/app.yaml:4:34: namespaces.a.tasks.one: ${text} [missing_description]\n`,
      err: "taskwire: 1 warning\n",
    });
    const { code, out } = await run({ strict: true, json: true });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ kind: "linted", warnings: [{ line: 4, column: 34 }], ignored: 0 });
  });

  it("names a rule that there is not", async () => {
    await expect(run({ rules: ["missing_descripton"] })).rejects.toThrow(
      /unknown rule "missing_descripton"; did you mean "missing_description"\?/,
    );
  });

  it("takes a warning back by a comment on its line or above, and names codes that no rule has", async () => {
    const ignored = (comment: string) =>
      warnings(
        `namespaces:\n  a:\n    description: A.\n    tasks:\n      one: {} # taskwire-lint: ignore ${comment}\n`,
      );
    expect(await ignored("missing_description")).toEqual([]);
    expect(await ignored("unused_type, missing_description")).toEqual([]);
    expect(await ignored("unused_type")).toEqual(["7:7 missing_description"]);
    expect(await ignored("missing_descripton")).toEqual(["7:7 missing_description", "7:39 unknown_ignore"]);
  });

  it("looks no further at a schema with problems", async () => {
    project.write("schema/app.yaml", "taskwire: 2\n");
    expect(await run()).toMatchObject({ code: 1, out: "" });
  });

  it("has every rule in its page", () => {
    const page = readFileSync(resolve(import.meta.dirname, "../../../docs/reference/lint.md"), "utf8");
    for (const { code, meaning } of RULES) expect(page).toContain(`| \`${code}\` | ${meaning} |`);
  });
});
