import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Status } from "#runtime/broker/index.js";
import { fetchStatus } from "#runtime/cli/look.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import { tlsFrom } from "#runtime/wire/security/tls.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome } from "../support/processes/command.js";
import { until } from "../support/waiting.js";
import { Authority, NO_OPENSSL } from "../support/wire/certificates.js";
import { FOLDER_VARIABLE, history } from "./fixtures/history.js";
import { environment, things } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");

let harness: ProcessHarness;
let client: Client;
/** What the next process of the harness finds in its environment. */
const variables: NodeJS.ProcessEnv = {};

beforeEach(async () => {
  for (const name of Object.keys(variables)) delete variables[name];
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  client = await connect(environment, { dataFolder: harness.data });
});

afterEach(async () => {
  await client.close();
  await harness[Symbol.asyncDispose]();
});

const done = () => history(harness.data).filter(({ what }) => what === "end").length;

describe("broker and worker with secrets", () => {
  it("rotate a secret by their files, without a restart", async () => {
    const file = (name: string, secrets: string) => {
      const path = join(harness.data, name);
      writeFileSync(`${path}.new`, secrets);
      renameSync(`${path}.new`, path);
      return path;
    };
    const statusWith = async (secret: string): Promise<Status> =>
      JSON.parse(await fetchStatus(await harness.address(), { secrets: new Secrets([secret]) }));
    const canaries = ["canary-old-1", "canary-new-2"];
    const [old, fresh] = canaries.map((secret) => JSON.stringify([secret]));
    variables.TASKWIRE_SECRETS = `@${file("broker.json", old ?? "")}`;
    const broker = await harness.broker();
    variables.TASKWIRE_SECRETS = `@${file("worker.json", old ?? "")}`;
    const worker = await harness.worker();
    await things.quick.delay({ n: 1 });
    // Settled too: nothing is held when the session ends.
    await until(async () => (await statusWith("canary-old-1")).ended.completed === 1);

    // Removed at the broker: the session ends, and the worker says what is wrong and tries on.
    file("broker.json", fresh ?? "");
    broker.child.kill("SIGHUP");
    await until(() => worker.said().includes("the secret that opened the session was removed"));
    await until(() => /UNAUTHENTICATED.*the first secret of TASKWIRE_SECRETS here/.test(worker.said()));
    await things.quick.delay({ n: 2 });
    await until(async () => (await statusWith("canary-new-2")).counts.pending === 1);

    // The worker's own file changes: it looks itself.
    file("worker.json", fresh ?? "");
    await until(() => done() === 2);

    // What cannot be used changes nothing.
    file("broker.json", '["canary-bad-3", ""]');
    broker.child.kill("SIGHUP");
    await until(() => broker.said().includes("the secrets file cannot be used; the current secrets stay in force"));
    await things.quick.delay({ n: 3 });
    await until(() => done() === 3);
    for (const { said } of [broker, worker]) {
      for (const canary of [...canaries, "canary-bad-3"]) expect(said()).not.toContain(canary);
    }
  });

  it("refuse to start with secrets that are none, and do not print them", async () => {
    const worker = ["worker", "--handlers", HANDLERS, "--data", harness.data];
    const broker = [
      "broker",
      "--model",
      harness.model,
      "--env",
      "test",
      "--data",
      harness.data,
      "--listen",
      "127.0.0.1:0",
    ];
    for (const args of [broker, worker]) {
      const { code, said } = await outcome(args, { TASKWIRE_SECRETS: "canary-8113, other" });
      expect([code, said]).toEqual([
        1,
        expect.stringContaining("TASKWIRE_SECRETS: it is not JSON; expected a JSON list"),
      ]);
      expect(said).not.toContain("8113");
    }
  });

  it("refuse `taskwire status` without them, and say what to set", async () => {
    variables.TASKWIRE_SECRETS = '["one"]';
    await harness.broker();
    const status = ["status", "--json", "--broker", await harness.address()];
    const refused = await outcome(status);
    expect(refused).toMatchObject({
      code: 1,
      said: expect.stringContaining("set TASKWIRE_SECRETS to the broker's list"),
    });
    expect(await outcome(status, { TASKWIRE_SECRETS: '["one"]' })).toMatchObject({ code: 0 });
  });
});

describe.skipIf(NO_OPENSSL !== undefined)(
  `broker and worker over TLS (${NO_OPENSSL ?? "certificates by openssl"})`,
  () => {
    let authority: Authority;
    beforeEach(() => {
      authority = new Authority();
    });
    afterEach(() => rmSync(authority.folder, { recursive: true, force: true }));

    const use = (names: NodeJS.ProcessEnv) => {
      for (const name of ["TASKWIRE_TLS_CERT", "TASKWIRE_TLS_KEY", "TASKWIRE_TLS_CA"]) delete variables[name];
      Object.assign(variables, names);
    };

    it("work with a certificate of the broker alone", async () => {
      const { cert, key } = authority.issue("broker", "IP:127.0.0.1");
      use({ TASKWIRE_TLS_CERT: cert, TASKWIRE_TLS_KEY: key });
      await harness.broker();
      use({ TASKWIRE_TLS_CA: authority.ca });
      await harness.worker();
      await things.quick.delay({ n: 1 });
      await until(() => done() === 1);
      const address = await harness.address();
      await fetchStatus(address, { tls: tlsFrom({ TASKWIRE_TLS_CA: authority.ca }) });
      await expect(fetchStatus(address, {})).rejects.toThrow(/if the broker serves TLS, set TASKWIRE_TLS_CA/);
    });

    it("work with certificates of both, and the broker takes no others", async () => {
      const broker = authority.issue("broker", "IP:127.0.0.1");
      const worker = authority.issue("worker", "DNS:worker");
      const stranger = new Authority();
      try {
        use({ TASKWIRE_TLS_CERT: broker.cert, TASKWIRE_TLS_KEY: broker.key, TASKWIRE_TLS_CA: authority.ca });
        variables.TASKWIRE_SECRETS = '["and signed"]';
        await harness.broker();
        use({ TASKWIRE_TLS_CERT: worker.cert, TASKWIRE_TLS_KEY: worker.key, TASKWIRE_TLS_CA: authority.ca });
        await harness.worker();
        await things.quick.delay({ n: 1 });
        await until(() => done() === 1);
        const address = await harness.address();
        const secrets = new Secrets(["and signed"]);
        const own = tlsFrom({
          TASKWIRE_TLS_CERT: worker.cert,
          TASKWIRE_TLS_KEY: worker.key,
          TASKWIRE_TLS_CA: authority.ca,
        });
        const none = tlsFrom({ TASKWIRE_TLS_CA: authority.ca });
        const foreign = stranger.issue("worker", "DNS:worker");
        const others = tlsFrom({
          TASKWIRE_TLS_CERT: foreign.cert,
          TASKWIRE_TLS_KEY: foreign.key,
          TASKWIRE_TLS_CA: authority.ca,
        });
        await fetchStatus(address, { secrets, tls: own });
        for (const tls of [none, others]) {
          await expect(fetchStatus(address, { secrets, tls })).rejects.toMatchObject({ code: "broker_unreachable" });
        }
        await expect(fetchStatus(address, { tls: own })).rejects.toMatchObject({ code: "broker_refused" });
      } finally {
        rmSync(stranger.folder, { recursive: true, force: true });
      }
    });

    it("say what is wrong when the broker's certificate has another name, or it serves no TLS", async () => {
      const { cert, key } = authority.issue("broker", "DNS:elsewhere");
      use({ TASKWIRE_TLS_CERT: cert, TASKWIRE_TLS_KEY: key });
      const broker = await harness.broker();
      use({ TASKWIRE_TLS_CA: authority.ca });
      const worker = await harness.worker();
      await until(() => worker.said().includes("the names in the broker's certificate"));
      await broker.stop();
      use({});
      await harness.broker();
      await until(() => worker.said().includes("the broker does not serve TLS: unset TASKWIRE_TLS_CA here"));
    });

    it("refuse to start with half of it", async () => {
      const { cert } = authority.issue("broker", "IP:127.0.0.1");
      const broker = [
        "broker",
        "--model",
        harness.model,
        "--env",
        "test",
        "--data",
        harness.data,
        "--listen",
        "127.0.0.1:0",
        "--http",
        "127.0.0.1:0",
      ];
      for (const [names, message] of [
        [{ TASKWIRE_TLS_CERT: cert }, "TASKWIRE_TLS_KEY is not; set both"],
        [{ TASKWIRE_TLS_CA: authority.ca }, "what listens needs a certificate of its own"],
        [{ TASKWIRE_TLS_CA: "/nowhere.pem" }, 'TASKWIRE_TLS_CA: cannot read "/nowhere.pem" (ENOENT)'],
      ] as const) {
        expect(await outcome(broker, names)).toMatchObject({ code: 1, said: expect.stringContaining(message) });
      }
    });
  },
);
