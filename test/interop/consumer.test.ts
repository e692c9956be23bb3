import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ROOT_HEADER } from "#runtime/activation/retry.js";
import { BrokerHarness } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";
import { PythonProgram, pythonWith } from "./python.js";

const PROGRAM = fileURLToPath(new URL("consumer.py", import.meta.url));
const [FAILURE, RETRY, COMPLETE] = [3, 4, 5];

const python = await pythonWith("sentry-protos==0.91.0", "grpcio==1.85.1");
const why = python.kind === "absent" ? ` (skipped: no Python with sentry-protos: ${python.reason})` : "";

const NOTHING = { code: "NOT_FOUND", details: "No pending activations" };
const OK = { code: "OK", task: null };

function sample(id: string, more: object = {}) {
  return {
    id,
    application: "py",
    namespace: "things",
    taskname: "things.add",
    headers: { "sentry-trace": "1-2-1", ключ: "värde" },
    received_at: Math.floor(Date.now() / 1000),
    parameters: "82a46172677392010203",
    deadline: 30,
    delay: null,
    retry_state: { attempts: 0, max_attempts: 3, on_attempts_exceeded: 2, at_most_once: false },
    ...more,
  };
}

describe.skipIf(python.kind === "absent")(`the messages of sentry-protos${why}`, () => {
  it("get, settle and fetch in one call, in batches, and read the broker's codes and messages", async () => {
    if (python.kind === "absent") return;
    await using harness = await BrokerHarness.start({ maxProcessingDeadline: 60_000, getTaskHold: 50 });
    await using program = new PythonProgram(python.executable, [PROGRAM, harness.address]);
    const samples = ["a", "b", "c", "d"].map((id) => sample(id));
    const wide = sample("e", {
      deadline: "18446744073709551615",
      retry_state: { ...samples[0]?.retry_state, at_most_once: true, max_attempts: 1 },
    });

    expect(await program.ask({ get: {} })).toEqual(NOTHING);
    for (const one of [...samples, { ...wide, deadline: 2 ** 53 }]) {
      const encoded = await program.ask({ encode: one });
      await harness.append(Buffer.from(String(Object(encoded).bytes), "hex"));
    }
    await until(async () => (await harness.status()).counts.pending === 5);

    expect(await program.ask({ get: { application: "nobody" } })).toEqual(NOTHING);
    expect(await program.ask({ get: { namespace: "things" } })).toEqual(NOTHING);
    // Everything that the producer wrote comes back.
    expect(await program.ask({ get: { application: "py" } })).toEqual({ code: "OK", task: samples[0] });
    const next = { fetch_next_task: { application: "py", namespace: "things" } };
    expect(await program.ask({ set: { id: "a", status: COMPLETE, ...next } })).toEqual({
      code: "OK",
      task: samples[1],
    });
    expect(
      await program.ask({ set: { id: "b", status: RETRY, max_attempts: 7, delay_on_retry: 20, ...next } }),
    ).toEqual({
      code: "OK",
      task: samples[2],
    });
    expect(await program.ask({ get: {} })).toEqual({ code: "OK", task: samples[3] });
    // A deadline beyond the pool's longest is rewritten, the rest is not.
    expect(await program.ask({ get: {} })).toEqual({ code: "OK", task: { ...wide, deadline: 60 } });

    expect(await program.ask({ set: { id: "c", status: 2 } })).toEqual({
      code: "INVALID_ARGUMENT",
      details: "Invalid status, expects 3 (Failure), 4 (Retry), or 5 (Complete), but got: Processing",
    });
    expect(
      await program.ask({
        batch: [
          { id: "c", status: COMPLETE },
          { id: "d", status: 9 },
        ],
      }),
    ).toEqual({
      code: "INVALID_ARGUMENT",
      details: "Unable to deserialize status: UnknownEnumValue(9)",
    });
    expect((await harness.status()).counts).toMatchObject({ processing: 3 });
    const batch = [
      { id: "c", status: COMPLETE },
      { id: "d", status: FAILURE },
      { id: "e", status: COMPLETE },
      { id: "unknown", status: FAILURE },
    ];
    expect(await program.ask({ batch })).toEqual(OK);
    expect(await program.ask({ batch })).toEqual(OK);
    expect(await program.ask({ set: { id: "a", status: FAILURE, ...next } })).toEqual(OK);

    await until(async () => (await harness.status()).ended.deadlettered === 1);
    expect((await harness.deadLetters(1))[0]).toMatchObject({
      headers: { "taskwire-id": "d", "taskwire-reason": "reported" },
    });
    expect((await harness.status()).ended).toMatchObject({ completed: 3, retried: 1, deadlettered: 1 });

    // The next run of b, after its delay.
    await until(async () => (await harness.status()).counts.delayed === 1);
    harness.clock.skip(20_000);
    await until(async () => (await harness.status()).counts.pending === 1);
    expect(await program.ask({ get: { application: "py" } })).toMatchObject({
      task: {
        ...sample("", { id: expect.stringMatching(/^[0-9a-f]{32}$/), received_at: expect.any(Number) }),
        headers: { ...sample("").headers, [ROOT_HEADER]: "b" },
        delay: 20,
        retry_state: { attempts: 1, max_attempts: 7 },
      },
    });
  });
});
