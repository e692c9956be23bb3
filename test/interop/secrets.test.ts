import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Status } from "#runtime/broker/index.js";
import { fetchStatus } from "#runtime/cli/look.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import { KAFKA_VERSION } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";
import { describeInterop } from "./describe.js";
import { pictures } from "./generated/index.js";
import type { InteropHarness } from "./interop-harness.js";

const [OLD, NEW, BOTH, WRONG] = [
  '["canary-old"]',
  '["canary-new"]',
  '["canary-new", "canary-old"]',
  '["canary-wrong"]',
];
/** The variable of a Python process; ours read TASKWIRE_SECRETS. */
const PYTHON_SECRETS = "TASKWIRE_INTEROP_SECRETS";

await describeInterop(`secrets shared with taskbroker-client 0.20.30 over Kafka ${KAFKA_VERSION}`, (startHarness) => {
  /** Replaces the broker's secrets file; it reads it at SIGHUP. */
  const write = (harness: InteropHarness, secrets: string) => {
    const file = join(harness.processes.data, "secrets.json");
    writeFileSync(`${file}.new`, secrets);
    renameSync(`${file}.new`, file);
    return `@${file}`;
  };
  const status = async (harness: InteropHarness, secrets: string): Promise<Status> =>
    JSON.parse(await fetchStatus(await harness.processes.address(), { secrets: new Secrets(JSON.parse(secrets)) }));

  it("a Python worker's signature is taken while its secret is one of ours, any other refused with the reason", async () => {
    await using harness = await startHarness("pull-secrets");
    harness.variables.TASKWIRE_SECRETS = write(harness, BOTH);
    const broker = await harness.processes.broker();
    const address = await harness.processes.address();
    const asker = harness.producer();
    const fetch = (secrets: string | null) => asker.fetch(address, secrets);
    const taken = { code: "OK" };
    const refused = {
      code: "UNAUTHENTICATED",
      details: "sentry-signature does not match: it was made with an unknown secret or for other bytes",
    };
    for (const secrets of [OLD, NEW, BOTH]) expect(await fetch(secrets)).toEqual(taken);
    expect(await fetch(WRONG)).toEqual(refused);
    expect(await fetch(null)).toEqual({
      code: "UNAUTHENTICATED",
      details: "sentry-signature is missing: this process accepts only signed calls",
    });

    harness.variables[PYTHON_SECRETS] = OLD;
    const old = await harness.pullWorker();
    await pictures.plain.delay({ n: 1 });
    await until(async () => (await status(harness, BOTH)).ended.completed === 1);
    write(harness, NEW);
    broker.child.kill("SIGHUP");
    await until(async () => JSON.stringify(await fetch(OLD)) === JSON.stringify(refused));
    expect(await fetch(BOTH)).toEqual(taken);
    await pictures.plain.delay({ n: 2 });
    // The worker that has only the old one receives the reason; waiting work is run by one with the new one.
    await until(() => old.said().includes(refused.details));
    harness.variables[PYTHON_SECRETS] = BOTH;
    await harness.pullWorker();
    await until(async () => (await status(harness, NEW)).ended.completed === 2);
    expect(harness.notes("pictures.plain").map(({ parameters }) => parameters.n)).toEqual([1, 2]);
    await until(() => /made with an unknown secret or for other bytes.*calls were refused/.test(broker.said()));
    expect(broker.said()).not.toContain("canary");
  });

  it("a Python push worker that knows both secrets takes what our broker signs, through a rotation", async () => {
    await using harness = await startHarness("push-secrets", { push: true });
    harness.variables.TASKWIRE_SECRETS = write(harness, OLD);
    harness.variables[PYTHON_SECRETS] = '["canary-old", "canary-new"]';
    const broker = await harness.processes.broker();
    const worker = await harness.pushWorker();
    await pictures.plain.delay({ n: 1 });
    await until(async () => (await status(harness, OLD)).ended.completed === 1);
    // From now on the broker signs with the new one, the worker still with the old one.
    write(harness, BOTH);
    broker.child.kill("SIGHUP");
    await until(() => broker.said().includes("secrets reloaded"));
    await pictures.plain.delay({ n: 2 });
    await until(async () => (await status(harness, BOTH)).ended.completed === 2);
    expect(harness.notes("pictures.plain").map(({ parameters }) => parameters.n)).toEqual([1, 2]);
    for (const said of [broker.said(), worker.said()]) expect(said).not.toContain("canary");
  });

  it("a Python push worker runs nothing whose signature it does not know; after its deadline another one does", async () => {
    await using harness = await startHarness("push-wrong", { push: true });
    harness.variables.TASKWIRE_SECRETS = OLD;
    harness.variables[PYTHON_SECRETS] = WRONG;
    const broker = await harness.processes.broker();
    const wrong = await harness.pushWorker();
    await pictures.plain.delay({ n: 1 });
    // It answers OK, to an empty task in place of the one that it could not verify; what it reports is refused.
    await until(() => wrong.said().includes("taskworker.invalid_namespace"));
    await until(() => /made with an unknown secret or for other bytes.*SetBatchActivationStatus/.test(broker.said()));
    expect((await status(harness, OLD)).counts.processing).toBe(1);
    await wrong.kill();
    harness.variables[PYTHON_SECRETS] = OLD;
    await harness.pushWorker();
    await until(async () => (await status(harness, OLD)).ended.completed === 1);
    expect(harness.notes("pictures.plain").map(({ parameters }) => parameters.n)).toEqual([1]);
  });
});
