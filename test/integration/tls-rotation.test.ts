import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#runtime/base/clock.js";
import { silentLogger } from "#runtime/base/logger.js";
import { Target } from "#runtime/broker/dispatch/push/target.js";
import { fetchStatus } from "#runtime/cli/look.js";
import { type Tls, tlsFrom } from "#runtime/wire/security/tls.js";
import { type TlsSource, tlsSourceFrom } from "#runtime/wire/security/tls-source.js";
import { unary } from "#runtime/wire/server/endpoint.js";
import { type ListeningServer, serve } from "#runtime/wire/server/server.js";
import { OPERATIONS, WORKER } from "#runtime/wire/services.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { Authority, NO_OPENSSL } from "../support/wire/certificates.js";
import { Relay } from "../support/wire/relay.js";
import { presentedBy, TlsFiles } from "../support/wire/tls-files.js";
import { FOLDER_VARIABLE, history } from "./fixtures/history.js";
import { environment, things } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");

describe.skipIf(NO_OPENSSL !== undefined)(`TLS files that are renewed (${NO_OPENSSL ?? "by openssl"})`, () => {
  let folder: string;
  let before: Authority;
  let after: Authority;
  const open: { close(): unknown }[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "taskwire-rotation-"));
    before = new Authority();
    after = new Authority();
  });

  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
    for (const each of [folder, before.folder, after.folder]) rmSync(each, { recursive: true, force: true });
  });

  /** Files that the authority of before signed. */
  function files(name: string): TlsFiles {
    const made = new TlsFiles(join(folder, name));
    made.turn(before, `${name}-before`);
    return made;
  }

  function sourceOf({ variables }: TlsFiles): TlsSource {
    const source = tlsSourceFrom(variables);
    if (source === undefined) throw new Error("no TLS");
    return source;
  }

  async function listen(tls: Tls, address = "127.0.0.1:0"): Promise<ListeningServer> {
    const server = await serve({
      address,
      flag: "--listen",
      exposes: "ask",
      endpoints: [
        unary(OPERATIONS.Status, () => Buffer.from("an answer")),
        unary(WORKER.PushTask, () => Buffer.alloc(0)),
      ],
      security: { tls },
      clock: systemClock(),
      logger: silentLogger,
    });
    open.push(server);
    return server;
  }

  const ask = (client: UnaryClient) => client.call(OPERATIONS.Status, Buffer.from("?"), 10_000).then(String);

  it("are presented and trusted by a port that keeps listening, and its connections stand", async () => {
    const server = files("server");
    const source = sourceOf(server);
    const { address } = await listen(source.tls);
    const old = tlsFrom(files("client").variables);
    const early = new UnaryClient(address, { tls: old });
    open.push(early);
    expect([await ask(early), await presentedBy(address)]).toEqual(["an answer", "server-before"]);

    server.turn(after, "server-after");
    source.reload(silentLogger);
    expect(await presentedBy(address)).toBe("server-after");
    expect(await ask(early)).toBe("an answer");
    const renewed = files("renewed");
    renewed.turn(after, "renewed-after");
    const late = new UnaryClient(address, { tls: tlsFrom(renewed.variables) });
    open.push(late);
    expect(await ask(late)).toBe("an answer");

    // It trusts the new authority alone: one that trusts the port and shows an old certificate is not let in.
    renewed.put("cert", before.issue("stranger", "IP:127.0.0.1").cert);
    renewed.put("key", before.file("stranger.key"));
    const stranger = new UnaryClient(address, { tls: tlsFrom(renewed.variables) });
    open.push(stranger);
    await expect(ask(stranger)).rejects.toThrow(/UNAVAILABLE/);
  });

  it("may hold two authorities while certificates of both are in use", async () => {
    const server = files("server");
    const both = join(folder, "both.pem");
    writeFileSync(both, [before, after].map(({ ca }) => readFileSync(ca, "utf8")).join(""));
    const source = sourceOf(server);
    const { address } = await listen(source.tls);
    server.put("ca", both);
    source.reload(silentLogger);
    for (const [name, authority] of Object.entries({ before, after })) {
      const own = files(name);
      own.turn(authority, name);
      own.put("ca", both);
      const client = new UnaryClient(address, { tls: tlsFrom(own.variables) });
      open.push(client);
      expect(await ask(client)).toBe("an answer");
    }
  });

  it("are used by a client that connects again", async () => {
    const server = files("server");
    const serverSource = sourceOf(server);
    const { address } = await listen(serverSource.tls);
    await using relay = await Relay.to(address);
    const own = files("client");
    const source = sourceOf(own);
    const client = new UnaryClient(relay.address, { tls: source.tls });
    open.push(client);
    expect(await ask(client)).toBe("an answer");

    server.turn(after, "server-after");
    serverSource.reload(silentLogger);
    relay.cut();
    await until(() =>
      ask(client).then(
        () => false,
        () => true,
      ),
    );
    own.turn(after, "client-after");
    source.reload(silentLogger);
    await until(() => ask(client).catch(() => undefined));
    expect(await ask(client)).toBe("an answer");
  });

  it("are used by a broker that pushes, and by the worker that is pushed to", async () => {
    const worker = files("worker");
    const workerSource = sourceOf(worker);
    const { address } = await listen(workerSource.tls);
    await using relay = await Relay.to(address);
    const broker = files("broker");
    const source = sourceOf(broker);
    const target = new Target(relay.address, systemClock(), silentLogger, { tls: source.tls }, () => {});
    open.push(target);
    await until(() => target.room > 0);

    worker.turn(after, "worker-after");
    workerSource.reload(silentLogger);
    relay.cut();
    await until(() => target.room === 0);
    broker.turn(after, "broker-after");
    source.reload(silentLogger);
    await until(() => target.room > 0);
    expect(await target.push(Buffer.alloc(0))).toBe("accepted");
  });

  it("are taken by a broker and a worker that run on, when they are whole", async () => {
    const variables: NodeJS.ProcessEnv = {};
    await using harness = new ProcessHarness(environment, HANDLERS, variables);
    variables[FOLDER_VARIABLE] = harness.data;
    const client = await connect(environment, { dataFolder: harness.data });
    open.push(client);
    const done = (count: number) =>
      until(() => history(harness.data).filter(({ what }) => what === "end").length === count);

    const brokers = files("broker");
    Object.assign(variables, brokers.variables);
    const broker = await harness.broker();
    const address = await harness.address();
    await using relay = await Relay.to(address);
    const workers = files("worker");
    Object.assign(variables, workers.variables);
    const worker = await harness.start("worker is ready", "worker", "--handlers", HANDLERS, "--broker", relay.address);
    await things.quick.delay({ n: 1 });
    await done(1);

    // A new certificate with the old key: said once, and the old pair goes on, for new connections too.
    const fresh = after.issue("worker-after", "DNS:worker");
    workers.put("cert", fresh.cert);
    const mismatch =
      /TASKWIRE_TLS_KEY: the key in \S*worker\/key does not belong to the first certificate in \S*worker\/cert;/g;
    await until(() => worker.said().match(mismatch) !== null);
    const taken = relay.taken;
    relay.cut();
    await until(() => relay.taken > taken);
    await things.quick.delay({ n: 2 });
    await done(2);
    expect(worker.said().match(mismatch)).toHaveLength(1);

    // The broker's link is turned; it looks itself. The authority of the worker's old certificate is gone.
    brokers.turn(after, "broker-after");
    await until(() => broker.said().includes("TLS files reloaded"));
    expect(await presentedBy(address)).toBe("broker-after");
    relay.cut();
    await until(() => worker.said().includes("check TASKWIRE_TLS_CA here"));
    await things.quick.delay({ n: 3 });

    // SIGHUP between two files is an error that changes nothing; the rest is found without it.
    workers.put("key", before.ca);
    worker.child.kill("SIGHUP");
    await until(() => /TASKWIRE_TLS_KEY: .*worker\/key holds no private key/.test(worker.said()));
    workers.put("ca", after.ca);
    workers.put("key", fresh.key);
    await done(3);
    expect(worker.said()).toContain("TLS files reloaded");

    broker.child.kill("SIGHUP");
    await until(() => broker.said().split("TLS files reloaded").length > 2);
    await fetchStatus(address, { tls: tlsFrom(workers.variables) });
    expect([broker.child.exitCode, worker.child.exitCode]).toEqual([null, null]);
  });
});
