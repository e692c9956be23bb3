import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EndsDocument } from "#runtime/operations/documents/ends.js";
import type { ErrorsDocument } from "#runtime/operations/documents/errors.js";
import type { SeriesDocument } from "#runtime/operations/documents/series.js";
import { TaskActivationStatus } from "#runtime/wire/proto/taskbroker.js";
import { BrokerHarness } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";
import { callVerb } from "../support/wire/operations-client.js";

let harness: BrokerHarness;
beforeEach(async () => {
  harness = await BrokerHarness.start();
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

const list = async (request: object = {}) =>
  (await callVerb<EndsDocument>(harness.client(), "ListEnds", request)).document;
const errors = async (request: object = {}) =>
  (await callVerb<ErrorsDocument>(harness.client(), "Errors", request)).document;
const ended = (count: number) =>
  until(async () => Object.values((await harness.status()).ended).reduce((sum, each) => sum + each, 0) === count);
const { TASK_ACTIVATION_STATUS_COMPLETE: COMPLETE, TASK_ACTIVATION_STATUS_FAILURE: FAILURE } = TaskActivationStatus;

/** `a` completes, `b` fails. */
async function run(): Promise<void> {
  const client = harness.client();
  await harness.send({ id: "a" }, { id: "b" });
  await until(async () => (await harness.status()).counts.pending === 2);
  for (const status of [COMPLETE, FAILURE]) {
    const { id } = await client.getTask();
    await client.setTaskStatus({ id, status });
  }
  await ended(2);
}

describe("what ended in a broker", () => {
  it("is listed with its times, failed runs in groups, and series show when", async () => {
    await run();
    const { ends } = await list();
    expect(ends).toMatchObject([
      { id: "b", end: "discarded", reason: "reported", ran: null, held: expect.any(Number) },
      { id: "a", end: "completed", reason: null, handedOutAt: expect.any(String) },
    ]);
    expect((await list({ q: "end:completed" })).ends.map(({ id }) => id)).toEqual(["a"]);
    const { groups } = await errors();
    const series = await until(async () => {
      const { document } = await callVerb<SeriesDocument>(harness.client(), "Series", { names: ["handed_out", "rss"] });
      return document.at.length > 0 ? document : undefined;
    });
    expect(series.broker.handed_out?.[0]).toBeGreaterThan(0);
    expect(series.broker.rss?.[0]).toBeGreaterThan(10_000_000);
    expect(groups).toMatchObject([{ count: 1, ids: ["b"], reason: "reported", fingerprint: ends[0]?.fingerprint }]);
  });
});
