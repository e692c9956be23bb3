import { afterEach, beforeEach, expect, it } from "vitest";
import type { ProblemsDocument } from "#runtime/operations/documents/problems.js";
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

const problems = async (request: object) =>
  (await callVerb<ProblemsDocument>(harness.client(), "Problems", request)).document;

it("a broker says what is wrong with it, for all tasks or for one", async () => {
  expect((await problems({})).findings.map(({ code, level }) => [code, level])).toEqual([["no_worker", "warning"]]);
  await harness.send({ id: "waits", task: "things.slow" });
  await until(async () => (await harness.status()).counts.pending === 1);
  const { findings, summary } = await problems({ task: "things.slow" });
  expect(findings.map(({ code, level }) => [code, level])).toEqual([["no_worker", "stopped"]]);
  expect(findings[0]?.text).toMatch(/^no worker is connected: 1 activation of 1 task waits, the oldest for /);
  expect(summary).toMatch(/^1 pending, the oldest pending for .*, none ended in the last minute$/);
});

it("the verb Problems refuses parameters that it does not have", async () => {
  await expect(problems({ tasks: "x" })).rejects.toThrow(/unknown parameter \\?"tasks/);
});
