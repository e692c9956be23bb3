import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
let harness: ProcessHarness;

beforeEach(() => {
  harness = new ProcessHarness(environment, HANDLERS);
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

const why = (...args: readonly string[]) => outcome(["why", "--model", harness.model, ...args]);

describe("taskwire why", () => {
  it("finds that no worker is connected, and nothing once one is", async () => {
    await harness.broker();
    const broker = await harness.address();
    const without = await why("--broker", broker);
    expect(without.said).toMatch(/^WARNING {2}no worker is connected: what is sent now waits$/m);
    expect(without.said).toContain(`hint: start one: \`taskwire worker --broker ${broker}\``);
    expect(without.code).toBe(4);
    await harness.worker();
    await until(async () => (await harness.status()).sessions.length === 1);
    const { said, code } = await why("--broker", broker);
    expect(said).toMatch(/^nothing is wrong: 1 worker, \d+ free slots, nothing is in flight\n$/);
    expect(code).toBe(0);
  });

  it("says what one broker finds when another one does not answer, and prints JSON", async () => {
    await harness.broker();
    const silent = `127.0.0.1:${await freePort()}`;
    const { said, code } = await why("--json", "--broker", `${await harness.address()},${silent}`);
    const { findings } = JSON.parse(said);
    expect(findings.map(({ code, subject }: { code: string; subject: object }) => [code, subject])).toEqual([
      ["broker_silent", { kind: "broker", name: silent }],
      ["no_worker", { kind: "pool", name: "default" }],
    ]);
    expect(code).toBe(4);
  });

  it("exits with 1 when no broker answers, and names each with its error", async () => {
    const silent = `127.0.0.1:${await freePort()}`;
    const { said, code } = await why("--broker", silent);
    expect(said).toMatch(new RegExp(`^STOPPED {2}the broker at ${silent} does not answer$`, "m"));
    expect(said).toContain("ECONNREFUSED");
    expect(said).toMatch(/^now: no broker answers$/m);
    expect(code).toBe(1);
  });

  it("asks with the secret of operators where there is no other", async () => {
    const operators = { TASKWIRE_OPERATION_SECRETS: '["operator"]' };
    await using signed = new ProcessHarness(environment, HANDLERS, { TASKWIRE_SECRETS: '["worker"]', ...operators });
    await signed.broker();
    const args = ["why", "--broker", await signed.address()];
    expect(await outcome(args, operators)).toMatchObject({ code: 4, said: expect.stringContaining("no worker") });
    expect(await outcome(args)).toMatchObject({ code: 1, said: expect.stringContaining("rejects the call") });
  });

  it("names an unknown task and the brokers of TASKWIRE_BROKERS", async () => {
    await harness.broker();
    const { said, code } = await outcome(["why", "no.such_task"], {
      TASKWIRE_BROKERS: await harness.address(),
    });
    expect(said).toContain('unknown task "no.such_task"');
    expect(code).toBe(2);
  });
});
