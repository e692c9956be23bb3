import {
  NoRetriesRemainingError,
  PermanentError,
  ProcessingDeadlineExceeded,
  RetryTaskError,
  type TaskRun,
  TaskwireError,
} from "taskwire";
import { parseModel, type RetryPolicy } from "taskwire/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emit } from "#codegen/codegen.js";
import { formatProblem } from "#codegen/index.js";
import { currentRun } from "#runtime/activation/current-run.js";
import { encodeActivation } from "#runtime/activation/encoding/codec.js";
import { firstRetryState, type TaskFacts } from "#runtime/activation/task.js";
import { SPEC } from "#runtime/client/task.js";
import { HandlerHarness } from "../../support/harness/handler-harness.js";
import { Project } from "../../support/processes/project.js";

class Unavailable extends Error {}
class TimedOut extends Unavailable {}

const policy: RetryPolicy = { times: 3, timesExceeded: "deadletter", delay: 0, backoff: "fixed", jitter: 0 };

let harness: HandlerHarness;

beforeEach(() => {
  harness = new HandlerHarness();
});

afterEach(() => harness[Symbol.asyncDispose]());

interface Seen {
  /** How many runs there were. */
  readonly runs: number;
  /** The dead letter's. */
  readonly reason: string | undefined;
  readonly error: string | undefined;
}

/** Sends one activation, and waits until its chain has ended. */
async function chain(
  retry: RetryPolicy | undefined,
  handler: (task: TaskRun) => unknown,
  facts: { atMostOnce?: boolean; processingDeadline?: number; silenced?: string[]; owner?: string } = {},
): Promise<Seen> {
  let runs = 0;
  const made = harness.task("chain", retry === undefined ? facts : { ...facts, retry }, (_, task) => {
    runs += 1;
    return handler(task);
  });
  await harness.start();
  await made.delay();
  await harness.local.shows(
    ({ ended, counts }) =>
      ended.completed + ended.discarded + ended.deadlettered === 1 &&
      Object.values(counts).every((count) => count === 0),
  );
  const [deadLetter] = await harness.deadLetters();
  return {
    runs,
    reason: deadLetter?.headers?.["taskwire-reason"],
    error: firstLine(deadLetter?.headers?.["taskwire-error"]),
  };
}

const caused = (cause: Error) => new Error("wrapped", { cause });
const throwing = (make: () => unknown) => () => {
  throw make();
};

/** The first run of a task by a producer for which it may run at most once. */
function sentAtMostOnce(facts: TaskFacts): Uint8Array {
  return encodeActivation({
    id: "lax",
    namespace: facts.namespace,
    task: facts.name,
    application: facts.application,
    headers: new Map(),
    receivedAt: Date.now(),
    parameters: new Uint8Array(0),
    retry: { ...firstRetryState(facts), atMostOnce: true },
    deadline: 30,
    expires: undefined,
    delay: undefined,
  });
}

/** The others say where it was thrown. */
function firstLine(text: string | undefined): string | undefined {
  return text?.split("\n")[0];
}

describe("how often a failing activation runs", () => {
  it("is `times`, counting the first run; exhausted it is dead-lettered as attempts_exceeded with the last error", async () => {
    const seen = await chain(policy, (task) => {
      throw new Unavailable(`run ${task.attempt}, ${task.retriesRemaining} remain`);
    });
    expect(seen).toEqual({ runs: 3, reason: "attempts_exceeded", error: "Unavailable: run 3, 0 remain" });
  });

  it("is once with times 1", async () => {
    expect(
      await chain(
        { ...policy, times: 1 },
        throwing(() => new Unavailable("down")),
      ),
    ).toEqual({
      runs: 1,
      reason: "error",
      error: "Unavailable: down",
    });
  });

  it("is once without a policy, at most once or not, and then it is kept as a dead letter", async () => {
    const once = harness.task(
      "once",
      { atMostOnce: true },
      throwing(() => new Unavailable("down")),
    );
    const usual = harness.task(
      "usual",
      {},
      throwing(() => new Unavailable("down")),
    );
    await harness.start();
    await once.delay();
    await usual.delay();
    await harness.drained(2);
    expect((await harness.local.status()).ended).toMatchObject({ deadlettered: 2, discarded: 0 });
    expect((await harness.deadLetters()).map(({ headers }) => headers?.["taskwire-reason"])).toEqual([
      "error",
      "error",
    ]);
  });

  it("is once without a policy of its own, and then it is discarded where a policy says so", async () => {
    const seen = await chain(
      { ...policy, times: 1, timesExceeded: "discard" },
      throwing(() => new Unavailable("down")),
    );
    expect(seen).toMatchObject({ runs: 1, reason: undefined });
    expect((await harness.local.status()).ended).toMatchObject({ deadlettered: 0, discarded: 1 });
  });

  it("ends with the run that succeeds", async () => {
    const seen = await chain(policy, ({ attempt }) => {
      if (attempt < 2) throw new Unavailable("down");
    });
    expect(seen).toMatchObject({ runs: 2, reason: undefined });
    expect((await harness.local.status()).ended).toMatchObject({ completed: 1, retried: 1 });
  });
});

describe("a policy that says `on: []` in the schema", () => {
  const yaml = `taskwire: 1
application: test
namespaces:
  things:
    tasks:
      chain: { retry: { times: 3, times_exceeded: deadletter, on: [] } }
`;

  /** The policy as codegen puts it into the generated code. */
  async function generated(): Promise<RetryPolicy | undefined> {
    using project = new Project();
    project.write("schema/test.yaml", yaml);
    const emitted = await emit({ schema: "schema", out: "out", cwd: project.folder });
    if (emitted.kind === "problems") throw new Error(emitted.problems.map(formatProblem).join("\n"));
    expect(emitted.texts.get("namespaces/things.ts")).toContain("on: []");
    const text = emitted.texts.get("taskwire.json") ?? "";
    const model = await parseModel(text, "taskwire.json");
    return model.namespaces[0]?.tasks[0]?.retry;
  }

  it("retries no error by itself", async () => {
    const seen = await chain(
      await generated(),
      throwing(() => new Unavailable("down")),
    );
    expect(seen).toEqual({ runs: 1, reason: "error", error: "Unavailable: down" });
  });

  it("retries when the handler asks for it, as often as `times` says", async () => {
    const seen = await chain(await generated(), (task) => task.retry());
    expect(seen).toMatchObject({ runs: 3, reason: "attempts_exceeded" });
  });

  it("does not retry a missed deadline", async () => {
    const seen = await chain(
      await generated(),
      throwing(() => new ProcessingDeadlineExceeded("chain", 5)),
    );
    expect(seen).toMatchObject({ runs: 1, reason: "deadline_exceeded" });
  });
});

describe("which errors are retried", () => {
  const gone = () => new PermanentError("gone");
  const named = (name: string) => Object.assign(new Error("x"), { name });
  const cases: [title: string, change: Partial<RetryPolicy>, make: () => unknown, runs: number][] = [
    ["`on` by the class", { on: ["Unavailable"] }, () => new Unavailable("x"), 2],
    ["`on` by a class of the prototype chain", { on: ["Unavailable"] }, () => new TimedOut("x"), 2],
    ["`on` by the name", { on: ["Busy"] }, () => named("Busy"), 2],
    ["`on` by a cause of a cause", { on: ["TimedOut"] }, () => caused(caused(new TimedOut("x"))), 2],
    ["not what `on` leaves out", { on: ["Unavailable"] }, () => new TypeError("x"), 1],
    ["not what `ignore` names", { ignore: ["Unavailable"] }, () => new TimedOut("x"), 1],
    ["not what both name", { on: ["TimedOut"], ignore: ["Unavailable"] }, () => new TimedOut("x"), 1],
    ["not what has an ignored cause", { ignore: ["TimedOut"] }, () => caused(new TimedOut("x")), 1],
    ["not a permanent error", {}, gone, 1],
    ["not a permanent error that `on` names", { on: ["PermanentError"] }, gone, 1],
    ["not a permanent cause", {}, () => caused(gone()), 1],
    ["not what another copy of the package calls permanent", {}, () => named("PermanentError"), 1],
    ["a thrown value that is no error, without `on`", {}, () => "text", 2],
    ["not a thrown value that is no error, with `on`", { on: ["Error"] }, () => "text", 1],
  ];

  it(`are these: ${cases.map(([title]) => title).join("; ")}`, async () => {
    const runs = new Map<string, number>();
    const made = cases.map(([title, change, make], index) =>
      harness.task(`case${index}`, { retry: { ...policy, times: 2, ...change } }, () => {
        runs.set(title, (runs.get(title) ?? 0) + 1);
        throw make();
      }),
    );
    await harness.start();
    for (const each of made) await each.delay();
    await harness.local.shows(({ ended }) => ended.deadlettered === cases.length);
    expect(Object.fromEntries(runs)).toEqual(Object.fromEntries(cases.map(([title, , , count]) => [title, count])));
  });
});

describe("task.retry()", () => {
  it("runs again whatever `on` and `ignore` say, after its own delay", async () => {
    const made = harness.task(
      "asks",
      { retry: { ...policy, on: ["Other"], ignore: ["RetryTaskError"] } },
      (_, task) => {
        if (task.attempt === 1) task.retry({ delay: "7m" });
      },
    );
    await harness.start();
    await made.delay();
    await harness.skipDelay(1);
    await harness.drained(2);
    expect(harness.handouts.map(({ activation }) => activation.delay)).toEqual([undefined, 420]);
  });

  it("throws NoRetriesRemainingError on the last run, which ends as attempts_exceeded", async () => {
    const thrown: unknown[] = [];
    const seen = await chain({ ...policy, times: 2, on: ["Other"] }, (task) => {
      try {
        task.retry({ cause: new Unavailable("down") });
      } catch (error) {
        thrown.push(error);
        throw error;
      }
    });
    expect(seen).toEqual({
      runs: 2,
      reason: "attempts_exceeded",
      error: "NoRetriesRemainingError: things.chain: no attempts left after attempt 2",
    });
    expect(thrown.map((error) => error instanceof TaskwireError && error.code)).toEqual([
      "retry_task",
      "no_retries_remaining",
    ]);
    expect(thrown[0]).toBeInstanceOf(RetryTaskError);
    expect(thrown[1]).toBeInstanceOf(NoRetriesRemainingError);
    for (const error of thrown) expect(error instanceof Error && error.cause).toBeInstanceOf(Unavailable);
  });

  it("throws NoRetriesRemainingError at once where there is no policy", async () => {
    expect(await chain(undefined, (task) => task.retry())).toMatchObject({ runs: 1 });
    expect(
      harness.local.said.find(({ message }) => message === "attempt 1 failed, not retried")?.fields.error,
    ).toContain("NoRetriesRemainingError");
  });

  it("does not run again for a permanent cause", async () => {
    expect(await chain(policy, (task) => task.retry({ cause: new PermanentError("gone") }))).toMatchObject({
      runs: 1,
      reason: "error",
    });
  });

  it("refuses a delay that the wire cannot carry", async () => {
    const seen = await chain({ ...policy, on: [] }, (task) => task.retry({ delay: "1500ms" }));
    expect(seen).toMatchObject({ runs: 1, error: 'DurationError: expected a duration of whole seconds, got "1500ms"' });
  });
});

describe("a missed deadline", () => {
  it("counts as a run, is retried by the policy, and stays a missed deadline when the runs are used up", async () => {
    const reasons: unknown[] = [];
    const seen = await chain(
      { ...policy, times: 2 },
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          });
        }),
      { processingDeadline: 1000 },
    );
    expect(seen).toMatchObject({ runs: 2, reason: "deadline_exceeded" });
    expect(seen.error).toContain("processing deadline of 1 s passed");
    expect((await harness.deadLetters())[0]?.headers).toMatchObject({
      "taskwire-attempts": "2",
      "taskwire-max-attempts": "2",
      "taskwire-root": harness.handouts[0]?.activation.id,
    });
    expect((await harness.local.status()).failures).toEqual({ deadline_exceeded: 1 });
    for (const reason of reasons) expect(reason).toBeInstanceOf(ProcessingDeadlineExceeded);
    expect(reasons).toHaveLength(2);
  });

  it("is named by `on` and `ignore` like any error", async () => {
    const seen = await chain({ ...policy, ignore: ["ProcessingDeadlineExceeded"] }, () => new Promise(() => {}), {
      processingDeadline: 1000,
    });
    expect(seen).toMatchObject({ runs: 1, reason: "deadline_exceeded" });
  });

  it("is met by a `.delay()` call that does not end in time", async () => {
    const seen = await chain(
      { ...policy, times: 1 },
      () => {
        currentRun()?.track(new Promise(() => {}));
      },
      { processingDeadline: 1000 },
    );
    expect(seen).toMatchObject({ runs: 1, reason: "deadline_exceeded" });
  });
});

describe("at most once", () => {
  it("is never retried, also when the activation alone says so", async () => {
    const made = harness.task(
      "once",
      { retry: { ...policy, times: 1 }, atMostOnce: true },
      throwing(() => new Unavailable("x")),
    );
    const lax = harness.task("lax", { retry: policy }, (_, task) => {
      expect(task.retriesRemaining).toBe(0);
      throw new Unavailable("x");
    });
    await harness.start();
    await made.delay();
    await (await harness.local.log()).append("work", [{ value: sentAtMostOnce(lax[SPEC]) }]);
    await harness.drained(2);
    expect(harness.handouts.map(({ activation }) => activation.task)).toEqual(["things.once", "things.lax"]);
    expect((await harness.deadLetters()).map(({ headers }) => headers?.["taskwire-reason"])).toEqual([
      "error",
      "error",
    ]);
  });
});

describe("the delay between runs, as the broker keeps it", () => {
  async function delays(retry: RetryPolicy): Promise<(number | undefined)[]> {
    const made = harness.task(
      "failing",
      { retry },
      throwing(() => new Unavailable("down")),
    );
    await harness.start();
    await made.delay();
    for (let run = 1; run < retry.times; run += 1) {
      await harness.skipDelay(run);
    }
    await harness.drained(retry.times);
    for (const [index, { at, activation }] of harness.handouts.entries()) {
      const before = harness.handouts[index - 1];
      if (before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual((activation.delay ?? 0) * 1000 - 5);
    }
    expect((await harness.deadLetters())[0]?.headers?.["taskwire-reason"]).toBe("attempts_exceeded");
    return harness.handouts.map(({ activation }) => activation.delay);
  }

  it("is always the same when fixed", async () => {
    expect(await delays({ ...policy, times: 4, delay: 30_000 })).toEqual([undefined, 30, 30, 30]);
  });

  it("doubles when exponential, up to its maximum", async () => {
    const growing: RetryPolicy = { ...policy, times: 6, delay: 10_000, backoff: "exponential", maxDelay: 60_000 };
    expect(await delays(growing)).toEqual([undefined, 10, 20, 40, 60, 60]);
  });

  it("lies within the share of jitter, in whole seconds, and never above the maximum", async () => {
    const spread = await delays({ ...policy, times: 5, delay: 100_000, jitter: 0.2, maxDelay: 110_000 });
    for (const delay of spread.slice(1)) {
      expect(delay).toBeGreaterThanOrEqual(80);
      expect(delay).toBeLessThanOrEqual(110);
      expect(Number.isInteger(delay)).toBe(true);
    }
  });
});

describe("the owner of a task", () => {
  it("is in the log lines of its failed runs, so that their readers know whom to ask", async () => {
    await chain(
      { ...policy, times: 2 },
      throwing(() => new Unavailable("down")),
      { owner: "team-billing" },
    );
    const lines = harness.local.said.filter(({ message }) => /^(attempt|failed after) /.test(message));
    expect(lines.map(({ fields }) => fields.owner)).toEqual(["team-billing", "team-billing"]);
  });

  it("is in no line of a task that has none", async () => {
    await chain(
      undefined,
      throwing(() => new Unavailable("down")),
    );
    const lines = harness.local.said.filter(({ message }) => /^(attempt|failed after) /.test(message));
    expect(lines.map(({ fields }) => fields.owner)).toEqual([undefined]);
  });
});

describe("silenced errors", () => {
  it("are logged at debug, and counted all the same", async () => {
    const seen = await chain(
      { ...policy, times: 2 },
      throwing(() => new TimedOut("quiet")),
      { silenced: ["Unavailable"] },
    );
    expect(seen).toMatchObject({ runs: 2, reason: "attempts_exceeded" });
    const lines = harness.local.said.filter(
      ({ fields }) => String(fields.error).includes("quiet") && "attempt" in fields,
    );
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["debug", "attempt 1 of 2 failed, next immediately"],
      ["debug", "failed after 2 of 2 attempts"],
    ]);
    expect(harness.worker.stats().finished).toEqual({ complete: 0, retry: 1, failure: 1, cancelled: 0 });
  });

  it("are only those that are named", async () => {
    await chain(
      { ...policy, times: 1 },
      throwing(() => new TypeError("loud")),
      { silenced: ["Unavailable"] },
    );
    expect(harness.local.said.find(({ fields }) => String(fields.error).includes("loud"))?.level).toBe("warn");
  });
});
