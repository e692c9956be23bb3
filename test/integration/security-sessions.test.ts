import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { type Logger, silentLogger } from "#runtime/base/logger.js";
import { type Broker, startBroker } from "#runtime/broker/index.js";
import { decodeOpened, encodeOpenRequest, type Opened } from "#runtime/wire/codec/session-codec.js";
import { encodeFromWorker } from "#runtime/wire/codec/worker-message-codec.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import { SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "#runtime/wire/services.js";
import type { SessionEvents, SessionOffer } from "#runtime/wire/session.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";
import { brokerSession } from "#runtime/worker/index.js";
import { until } from "../support/waiting.js";
import { ManualClock } from "../unit/worker/manual-clock.js";
import { environment } from "./fixtures/tasks.js";

const OFFER: SessionOffer = { application: "test", worker: "w1", tasks: [], slots: 4, held: [] };

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function broker(secrets: Secrets, more: { clock?: ManualClock; logger?: Logger } = {}): Promise<Broker> {
  const dataFolder = mkdtempSync(join(tmpdir(), "taskwire-security-"));
  closers.push(() => rmSync(dataFolder, { recursive: true, force: true }));
  const started = await startBroker({
    environment,
    pool: "default",
    dataFolder,
    listen: "127.0.0.1:0",
    security: { secrets },
    logger: silentLogger,
    ...more,
  });
  closers.push(() => started.stop());
  return started;
}

function events(): SessionEvents & { readonly losses: string[] } {
  const losses: string[] = [];
  return { losses, deliver: () => {}, cancel: () => {}, lost: (reason) => void losses.push(reason) };
}

const addressOf = ({ address }: Broker): string => {
  if (address === undefined) throw new Error("the broker does not listen");
  return address;
};

async function openedAt(started: Broker, secret: string, worker: string): Promise<Opened> {
  const client = new UnaryClient(addressOf(started), { secrets: new Secrets([secret]) });
  closers.push(() => client.close());
  return decodeOpened(await client.call(SESSIONS.Open, encodeOpenRequest({ ...OFFER, worker }), 10_000));
}

/** A stream with this metadata: how it fails, or undefined once the broker acknowledged a message on it. */
function attach(started: Broker, session: string, token: string): Promise<ServiceError | undefined> {
  const client = new Client(addressOf(started), credentials.createInsecure());
  closers.push(() => client.close());
  const { path, requestSerialize, responseDeserialize } = SESSIONS.Attach;
  const metadata = new Metadata();
  if (session !== "") metadata.set(SESSION_METADATA, session);
  if (token !== "") metadata.set(TOKEN_METADATA, token);
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  stream.write(
    encodeFromWorker({
      number: 1,
      credit: 0,
      started: [],
      outcomes: [],
      returned: [],
      draining: true,
      withdrawn: false,
      closing: false,
    }),
  );
  return new Promise((resolve) => {
    stream.on("data", () => resolve(undefined));
    stream.on("error", (error: ServiceError) => resolve(error));
  });
}

describe("the sessions of a broker with secrets", () => {
  it("open with a signed call, whose token opens one stream once", async () => {
    const started = await broker(new Secrets(["one"]));
    const { session, token } = await openedAt(started, "one", "w1");
    const other = await openedAt(started, "one", "w2");
    const hex = Buffer.from(token).toString("hex");
    const otherHex = Buffer.from(other.token).toString("hex");
    const bad: [string, string][] = [
      ["", ""],
      [session, ""],
      ["", hex],
      [session, otherHex],
      [session, hex.slice(0, 62)],
      [session, `${hex}00`],
      [session, "z".repeat(64)],
      [`${session}0`, hex],
    ];
    for (const pair of bad) {
      expect([pair, (await attach(started, ...pair))?.code]).toEqual([pair, status.UNAUTHENTICATED]);
    }
    expect(await attach(started, session, hex)).toBeUndefined();
    // The token is used; the stream that it opened goes on.
    expect((await attach(started, session, hex))?.code).toBe(status.UNAUTHENTICATED);
    expect((await started.status()).sessions.map(({ worker, lost }) => ({ worker, lost }))).toEqual([
      { worker: "w1", lost: false },
      { worker: "w2", lost: false },
    ]);
  });

  it("are forgotten when no stream was opened within 60 s", async () => {
    const clock = new ManualClock();
    const started = await broker(new Secrets(["one"]), { clock });
    const { session, token } = await openedAt(started, "one", "w1");
    const late = await openedAt(started, "one", "w2");
    clock.advance(59_999);
    clock.advance(1);
    for (const { session: id, token: bytes } of [{ session, token }, late]) {
      const error = await attach(started, id, Buffer.from(bytes).toString("hex"));
      expect(error?.code).toBe(status.UNAUTHENTICATED);
    }
  });

  it("end when the secret that opened them is removed, and only these", async () => {
    const secrets = new Secrets(["new", "old"]);
    const lines: string[] = [];
    const note = (message: string, fields = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const started = await broker(secrets, { logger: { debug: note, info: note, warn: note, error: note } });
    const withOld = events();
    const withNew = events();
    await brokerSession(addressOf(started), { secrets: new Secrets(["old"]) }).open(OFFER, withOld);
    const kept = await brokerSession(addressOf(started), { secrets: new Secrets(["new"]) }).open(
      { ...OFFER, worker: "w2" },
      withNew,
    );
    const waiting = await openedAt(started, "old", "w3");
    secrets.replace(["new"]);
    await until(() => withOld.losses.length === 1);
    expect(withOld.losses[0]).toContain("the secret that opened the session was removed");
    expect((await attach(started, waiting.session, Buffer.from(waiting.token).toString("hex")))?.code).toBe(
      status.UNAUTHENTICATED,
    );
    await expect(
      brokerSession(addressOf(started), { secrets: new Secrets(["old"]) }).open(OFFER, events()),
    ).rejects.toMatchObject({
      code: "session_refused",
      message: expect.stringMatching(/UNAUTHENTICATED.*the first secret of TASKWIRE_SECRETS here/),
    });
    await kept.drain();
    expect(withNew.losses).toEqual([]);
    await kept.close();
    const said = lines.join("\n");
    for (const { fingerprint } of new Secrets(["new", "old"]).all) expect(said).not.toContain(fingerprint);
    expect(said).not.toContain(Buffer.from(waiting.token).toString("hex"));
  });

  it("are refused to a worker without secrets with the variable to set", async () => {
    const started = await broker(new Secrets(["one"]));
    await expect(brokerSession(addressOf(started)).open(OFFER, events())).rejects.toMatchObject({
      code: "session_refused",
      message: expect.stringMatching(/UNAUTHENTICATED.*set TASKWIRE_SECRETS to the broker's list/),
    });
  });

  it("wait for their streams in a bounded number", async () => {
    const clock = new ManualClock();
    const started = await broker(new Secrets(["one"]), { clock });
    const client = new UnaryClient(addressOf(started), { secrets: new Secrets(["one"]) });
    closers.push(() => client.close());
    const openAs = (worker: string) =>
      client.call(SESSIONS.Open, encodeOpenRequest({ ...OFFER, worker }), 30_000).then(
        () => "open",
        (error: ServiceError) => status[error.code],
      );
    const outcomes = await Promise.all(Array.from({ length: 1030 }, (_, n) => openAs(`w${n}`)));
    expect(outcomes.filter((outcome) => outcome === "open")).toHaveLength(1024);
    expect(outcomes.filter((outcome) => outcome === "RESOURCE_EXHAUSTED")).toHaveLength(6);
    clock.advance(60_000);
    expect(await openAs("after")).toBe("open");
  });
});
