import { afterAll, beforeAll, expect, it } from "vitest";
import { ENVIRONMENT } from "../../support/harness/local-broker.js";
import { ProcessHarness } from "../../support/harness/process-harness.js";
import type { Running } from "../../support/processes/command.js";
import { until } from "../../support/waiting.js";
import { WebHarness } from "../../support/web/web-harness.js";

const harnesses = [0, 1].map(() => new ProcessHarness(ENVIRONMENT, ""));
const addresses: string[] = [];
let hanging: Running;
let web: WebHarness;

beforeAll(async () => {
  const [, last] = await Promise.all(harnesses.map((harness) => harness.broker()));
  if (last === undefined) throw new Error("no broker was started");
  hanging = last;
  for (const harness of harnesses) addresses.push(await harness.address());
  web = await WebHarness.start({ brokers: addresses });
});

afterAll(async () => {
  hanging.child.kill("SIGCONT");
  await web[Symbol.asyncDispose]();
  for (const harness of harnesses) await harness[Symbol.asyncDispose]();
});

const VIEWS = ["dead-letters", "letter-groups", "activations", "ends", "statuses", "problems", "controls", "workers"];

async function missingIn(path: string): Promise<readonly string[]> {
  const { status, body } = await web.get(path);
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body.partial.map(({ broker }: { readonly broker: string }) => broker);
}

it("answers with the others while a broker hangs, without waiting for it each time, and has it back when it runs again", async () => {
  const [, silent = ""] = addresses;
  for (const path of VIEWS) await until(async () => (await missingIn(path)).length === 0);
  hanging.child.kill("SIGSTOP");
  await until(async () => (await missingIn("statuses")).includes(silent));
  // If each waited for it, these would take longer than a test may.
  for (let round = 0; round < 25; round += 1)
    for (const path of VIEWS) expect(await missingIn(path), path).toEqual([silent]);
  const paused = await web.post("pause", { kind: "namespace", subject: "shop", reason: "maintenance" });
  expect(paused).toMatchObject({
    status: 200,
    body: { brokers: [{ broker: addresses[0] }], partial: [{ broker: silent, code: "broker_unreachable" }] },
  });
  hanging.child.kill("SIGCONT");
  for (const path of VIEWS) await until(async () => (await missingIn(path)).length === 0);
  // The change that was not sent to it while it hung did not happen there.
  const { body } = await web.get("controls");
  const paused2 = body.brokers.map(({ controls }: { readonly controls: readonly unknown[] }) => controls.length);
  expect(paused2).toEqual([1, 0]);
});
