import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delivery, Session } from "#runtime/wire/session.js";
import { brokerSession } from "#runtime/worker/index.js";
import { FOLDER_VARIABLE, history } from "../integration/fixtures/history.js";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { activationBytes, append, readTopic } from "../support/records.js";
import { until } from "../support/waiting.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
const REFUSALS = ["unknown_task", "unknown_namespace", "bad_parameters"] as const;

let harness: ProcessHarness;
const sessions: Session[] = [];

beforeEach(async () => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  await harness.broker();
});

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  await harness[Symbol.asyncDispose]();
});

/** A worker that we play ourselves, which names these tasks. */
async function play(...tasks: string[]): Promise<{ readonly session: Session; readonly delivered: Delivery[] }> {
  const delivered: Delivery[] = [];
  const session = await brokerSession(await harness.address()).open(
    { application: "test", worker: "played", tasks: tasks.map((name) => ({ name, hash: "1" })), slots: 10, held: [] },
    { deliver: (deliveries) => void delivered.push(...deliveries), cancel: () => {}, lost: () => {} },
  );
  sessions.push(session);
  session.credit(10);
  return { session, delivered };
}

const ended = (count: number) =>
  until(async () => {
    const { ended } = await harness.status();
    return Object.values(ended).reduce((sum, each) => sum + each, 0) >= count && ended;
  });

/** Says to discard whatever fails, and allows many runs: what a worker cannot even read obeys neither. */
const retry = { attempts: 0, maxAttempts: 9, onExceeded: "discard", atMostOnce: false, delay: undefined } as const;

describe("what a worker on the stream cannot run", () => {
  it.each(REFUSALS)("ends as a dead letter with the reason %s, whatever its policy says", async (reason) => {
    const { session, delivered } = await play("things.moved");
    await append(harness, "work", [
      { value: activationBytes({ task: "things.moved", retry }) },
      { value: activationBytes({ task: "things.moved", retry: { ...retry, atMostOnce: true } }) },
      { value: activationBytes({ task: "things.moved", retry }) },
    ]);
    await until(() => delivered.length === 3);
    const [first, second, third] = delivered.map(({ claim }) => claim);
    await session.settle([
      { kind: "failure", claim: first ?? 0, reason, error: `refused: ${reason}` },
      { kind: "complete", claim: third ?? 0 },
      { kind: "failure", claim: second ?? 0, reason, error: "x".repeat(100_000) },
    ]);
    expect(await ended(3)).toMatchObject({ completed: 1, deadlettered: 2, discarded: 0, retried: 0 });
    const deadLetters = await readTopic(harness, "work-dlq", 2);
    for (const { headers } of deadLetters)
      expect(headers).toMatchObject({ "taskwire-reason": reason, "taskwire-attempts": "1" });
    expect(deadLetters.map(({ headers }) => headers?.["taskwire-error"]?.slice(0, 8)).sort()).toEqual([
      "refused:",
      "xxxxxxxx",
    ]);
    expect(
      Math.max(...deadLetters.map(({ headers }) => Buffer.byteLength(headers?.["taskwire-error"] ?? ""))),
    ).toBeLessThanOrEqual(4096);
  });

  it("follows its policy when the handler failed, or for a reason that is not of the list", async () => {
    const { session, delivered } = await play("things.moved");
    const deadletter = { ...retry, onExceeded: "deadletter" } as const;
    await append(harness, "work", [
      { value: activationBytes({ task: "things.moved", retry }) },
      { value: activationBytes({ task: "things.moved", retry }) },
      { value: activationBytes({ task: "things.moved", retry: deadletter }) },
    ]);
    await until(() => delivered.length === 3);
    const [first, second, third] = delivered.map(({ claim }) => claim);
    await session.settle([
      { kind: "failure", claim: first ?? 0, reason: "error", error: "e" },
      { kind: "failure", claim: second ?? 0, reason: "of a newer version", error: "e" },
      { kind: "failure", claim: third ?? 0, reason: "of a newer version", error: "e" },
    ]);
    expect(await ended(3)).toMatchObject({ discarded: 2, deadlettered: 1 });
    const [deadLetter] = await readTopic(harness, "work-dlq", 1);
    expect(deadLetter?.headers).toMatchObject({ "taskwire-reason": "reported" });
  });

  it("is refused by a real worker, and its neighbours run", async () => {
    await harness.worker("--concurrency", "2", "--children", "1");
    const wrong = (n: unknown) => encode({ args: [], kwargs: { n } });
    const good = Array.from({ length: 300 }, (_, n) => ({ value: activationBytes({ n }) }));
    await append(harness, "work", [
      ...good.slice(0, 150),
      // A worker that has the wire name runs it under any namespace.
      { value: activationBytes({ namespace: "nowhere", retry }) },
      { value: activationBytes({ namespace: "", retry }) },
      { value: activationBytes({ parameters: wrong("seven"), retry }) },
      { value: activationBytes({ parameters: wrong(null), retry }) },
      { value: activationBytes({ parameters: encode({ args: [1, 2], kwargs: {} }), retry }) },
      ...good.slice(150),
    ]);
    expect(await ended(305)).toMatchObject({ completed: 302, deadlettered: 3, discarded: 0, retried: 0 });
    const reasons = (await readTopic(harness, "work-dlq", 3)).map(({ headers }) => headers?.["taskwire-reason"]);
    expect(reasons).toEqual(new Array(3).fill("bad_parameters"));
    expect(new Set(history(harness.data).map(({ pid }) => pid)).size).toBe(1);
  });

  it("waits when no worker names its task: a rolling deploy loses nothing", async () => {
    await harness.worker();
    await append(harness, "work", [
      { value: activationBytes({ task: "things.tomorrow" }) },
      { value: activationBytes() },
    ]);
    await until(() => history(harness.data).some(({ what }) => what === "end"));
    expect((await harness.status()).counts).toMatchObject({ pending: 1, failure: 0 });
    const { session, delivered } = await play("things.tomorrow");
    await until(() => delivered.length === 1);
    await session.settle([{ kind: "complete", claim: delivered[0]?.claim ?? 0 }]);
    expect(await ended(2)).toMatchObject({ completed: 2, deadlettered: 0 });
  });
});
