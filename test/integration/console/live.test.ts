import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { operationsService } from "#runtime/broker/operations/service.js";
import { serve } from "#runtime/wire/server/server.js";
import { ENVIRONMENT } from "../../support/harness/local-broker.js";
import { ProcessHarness } from "../../support/harness/process-harness.js";
import { type Running, run } from "../../support/processes/command.js";
import { freePort } from "../../support/processes/operating-system.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { statusWith } from "../../support/status.js";
import { until } from "../../support/waiting.js";
import { EventStream } from "../../support/web/event-stream.js";
import { Relay } from "../../support/wire/relay.js";

const ANN = { name: "ann", role: "operate", token: "a".repeat(43) };
const BOB = { name: "bob", role: "view", token: "b".repeat(43) };

/** Three brokers with data of their own, one of them behind a relay, and one of an older version, without verbs. */
class System implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "taskwire-console-"));
  readonly tokens = join(this.folder, "tokens.json");
  readonly harnesses = [0, 1, 2].map(() => new ProcessHarness(ENVIRONMENT, ""));
  readonly brokers: Running[] = [];
  console: Running | undefined;
  relay: Relay | undefined;
  url = "";
  addresses: string[] = [];
  #close: () => Promise<void> = async () => {};

  async start(): Promise<void> {
    const [older] = await Promise.all([this.#older(), ...this.harnesses.map((_, index) => this.startBroker(index))]);
    const real = await Promise.all(this.harnesses.map((harness) => harness.address()));
    this.relay = await Relay.to(real[2] ?? "", true);
    this.addresses = [real[0] ?? "", real[1] ?? "", this.relay.address, older];
    this.allow(ANN, BOB);
    await this.startConsole();
  }

  async startBroker(index: number): Promise<void> {
    const broker = await this.harnesses[index]?.broker();
    if (broker !== undefined) this.brokers[index] = broker;
  }

  allow(...tokens: readonly object[]): void {
    writeFileSync(this.tokens, JSON.stringify(tokens));
  }

  async startConsole(): Promise<void> {
    const http = `127.0.0.1:${await freePort()}`;
    this.url = `http://${http}/`;
    const flags = ["console", "--http", http, "--data", this.folder, "--broker", this.addresses.join(",")];
    const running = run(flags, { TASKWIRE_CONSOLE_TOKENS: `@${this.tokens}` }, this.folder);
    this.console = running;
    await until(() => running.said().includes(this.url) || running.child.exitCode !== null);
    if (running.child.exitCode !== null) throw new Error(running.said());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.console?.stop();
    await this.relay?.[Symbol.asyncDispose]();
    await this.#close();
    for (const harness of this.harnesses) await harness[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Its address. */
  async #older(): Promise<string> {
    const server = await serve({
      address: "127.0.0.1:0",
      flag: "--listen",
      exposes: "operate",
      endpoints: operationsService({
        status: async () => statusWith({ pool: "old" }),
        verbs: [],
        admit: () => {},
        audited: (verb, _role, _address, request, caller) => verb.run(request, caller),
      }),
      security: {},
      clock: new SkippingClock(),
      logger: silentLogger,
    });
    this.#close = () => server.close();
    return server.address;
  }
}

const system = new System();
beforeAll(() => system.start());
afterAll(() => system[Symbol.asyncDispose]());

async function listening(token = ANN.token, id = ""): Promise<EventStream> {
  const stream = await EventStream.open(system.url, token, id);
  await stream.until(() => stream.statuses.size === 4 && stream.missing?.length === 0);
  return stream;
}

describe("a console of several brokers", () => {
  it("shows them all, and says which verb a broker of an older version does not have", async () => {
    const stream = await listening();
    expect([...stream.statuses.keys()].sort()).toEqual([...system.addresses].sort());
    const { partial } = await stream.until(() => stream.jobs);
    expect(partial).toMatchObject([{ broker: system.addresses[3], code: "broker_too_old" }]);
    stream.close();
  });

  it("names a broker that hangs while the others stay live, and takes it back when it runs again", async () => {
    const stream = await listening();
    const [first = "", second = ""] = system.addresses;
    system.brokers[1]?.child.kill("SIGSTOP");
    try {
      await stream.until(() => stream.missing?.includes(second));
      const { length } = stream.order;
      await stream.until(() => stream.order.slice(length).filter((broker) => broker === first).length >= 2);
      expect(stream.missing).toEqual([second]);
    } finally {
      system.brokers[1]?.child.kill("SIGCONT");
    }
    await stream.until(() => stream.missing?.length === 0);
    stream.close();
  });

  it("updates the others while a slow broker takes its time", async () => {
    const stream = await listening();
    const [first = "", , slow = ""] = system.addresses;
    if (system.relay !== undefined) system.relay.delay = 800;
    const between = () => {
      const updates = stream.order.slice(stream.order.indexOf(slow, length));
      const next = updates.indexOf(slow, 1);
      return next < 0 ? 0 : updates.slice(0, next).filter((broker) => broker === first).length;
    };
    const { length } = stream.order;
    const updates = () => stream.order.slice(length).filter((broker) => broker === first).length;
    // On a crowded machine it is too slow, and counts as silent.
    await stream.until(() => between() >= 2 || (stream.missing?.includes(slow) && updates() >= 2));
    if (system.relay !== undefined) system.relay.delay = 0;
    await stream.until(() => stream.missing?.length === 0);
    stream.close();
  });

  it("names a killed broker, and shows it again after its restart without a new stream", async () => {
    const stream = await listening();
    const [, second = ""] = system.addresses;
    const before = stream.statuses.get(second)?.broker?.id;
    await system.brokers[1]?.kill();
    await stream.until(() => stream.missing?.includes(second));
    await system.startBroker(1);
    await stream.until(() => stream.missing?.length === 0 && stream.statuses.get(second)?.broker?.id !== before);
    stream.close();
  });

  it("resumes a stream that a proxy has cut, and sends less than to a new one", async () => {
    await using proxy = await Relay.to(new URL(system.url).host);
    const url = `http://${proxy.address}/`;
    const cut = await EventStream.open(url, ANN.token);
    await cut.until(() => cut.statuses.size === 4 && cut.id !== "");
    proxy.cut();
    expect(await cut.ended).toBe("cut");
    const back = await EventStream.open(url, ANN.token, cut.id);
    await back.until(() => back.order.length > 0);
    expect(back.opened).toMatchObject({ resumed: true });
    expect(back.statuses.get(back.order[0] ?? "")).not.toHaveProperty("pool");
    back.close();
  });

  it("ends the stream of a token that is taken away, and no other", async () => {
    const ann = await listening();
    const bob = await listening(BOB.token);
    system.allow(ANN);
    expect(await bob.ended).toBe("complete");
    await expect(EventStream.open(system.url, BOB.token)).rejects.toThrow(/^401/);
    const { length } = ann.order;
    await ann.until(() => ann.order.length > length);
    ann.close();
  });

  it("ends its streams as complete ones when it stops", async () => {
    const stream = await listening();
    system.console?.child.kill("SIGTERM");
    expect(await stream.ended).toBe("complete");
    await system.console?.ended;
  });
});
