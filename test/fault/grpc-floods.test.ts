import type { ClientHttp2Session } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeOpenRequest } from "#runtime/wire/codec/session-codec.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import { OPERATIONS, SESSIONS } from "#runtime/wire/services.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { until } from "../support/waiting.js";
import { frameHead, type RawCall, rawCall, rawConnection } from "../support/wire/raw-grpc.js";

/** CI size, unless TASKWIRE_FAULT_FULL=1. */
const FULL = process.env.TASKWIRE_FAULT_FULL === "1";
const HALF_OPEN = FULL ? 5000 : 500;
const LINUX = process.platform === "linux";
const MIB = 1024 * 1024;
const COLLECT = pathToFileURL(join(import.meta.dirname, "../../dist/test/support/processes/collect-on-signal.js"));

const secrets = new Secrets(["the secret"]);
/** Looks like a signature: only the body shows that it is none. */
const UNPROVEN = { "sentry-signature": "0".repeat(64) };
const { path } = OPERATIONS.Status;

let harness: ProcessHarness;
let broker: Running;
const closers: (() => void)[] = [];

beforeEach(async () => {
  harness = new ProcessHarness(environment, join(import.meta.dirname, "none.js"), {
    TASKWIRE_SECRETS: '["the secret"]',
    NODE_OPTIONS: `--import=${COLLECT}`,
  });
  broker = await harness.broker();
});

afterEach(async () => {
  disconnect();
  await harness[Symbol.asyncDispose]();
});

const disconnect = () => {
  for (const close of closers.splice(0)) close();
};
const rss = async () => (await harness.usage())[0]?.rss ?? 0;
/** A well-behaved client's call; it must be answered whatever else happens. */
async function legitimate(): Promise<void> {
  const client = new UnaryClient(await harness.address(), { secrets });
  try {
    await client.call(OPERATIONS.Status, Buffer.alloc(0), 30_000);
  } finally {
    client.close();
  }
}

async function connections(count: number): Promise<ClientHttp2Session[]> {
  const address = await harness.address();
  const made = await Promise.all(Array.from({ length: count }, () => rawConnection(address)));
  closers.push(...made.map((session) => () => session.destroy()));
  return made;
}

/** This many calls, 100 on each connection. */
async function calls(count: number, metadata: Record<string, string>): Promise<RawCall[]> {
  const sessions = await connections(Math.ceil(count / 100));
  return sessions.flatMap((session, index) =>
    Array.from({ length: Math.min(100, count - index * 100) }, () => rawCall(session, path, metadata)),
  );
}

describe.skipIf(!LINUX)(`a broker under a flood (${LINUX ? "memory by /proc" : "needs Linux for its memory"})`, () => {
  it("reaps half-open streams and trickling requests, answers others meanwhile, and gets its memory back", async () => {
    // A first flood that goes by itself: what the process keeps for such a time is no loss.
    await calls(HALF_OPEN, UNPROVEN);
    await legitimate();
    disconnect();
    await legitimate();
    broker.child.kill("SIGUSR2");
    await legitimate();
    const before = await rss();

    const halfOpen = await calls(HALF_OPEN, UNPROVEN);
    const trickling = await calls(FULL ? 500 : 50, UNPROVEN);
    const unsigned = await calls(100, {});
    for (const { stream } of trickling) stream.write(frameHead(MIB));
    let over = false;
    const trickle = (async () => {
      while (!over) {
        for (const { stream } of trickling) if (!stream.destroyed) stream.write(Buffer.alloc(2000));
        await legitimate();
        await wait(100);
      }
    })();
    for (const { ended } of unsigned) expect(await ended).toMatchObject({ status: status.UNAUTHENTICATED, reset: 0 });
    const reaped = await Promise.all([...halfOpen, ...trickling].map(({ ended }) => ended));
    over = true;
    await trickle;
    for (const { status: code, reset } of reaped) {
      expect([status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED]).toContain(code);
      expect(reset).toBe(0);
    }
    disconnect();
    await until(async () => {
      broker.child.kill("SIGUSR2");
      await legitimate();
      return (await rss()) <= before * 1.2;
    }, 200);
  });

  it("takes at most 128 calls of one connection at once", async () => {
    const [session] = await connections(1);
    if (session === undefined) throw new Error("no connection");
    await until(() => session.remoteSettings.maxConcurrentStreams === 128, 5);
  });

  it("survives calls that are reset as fast as they come", async () => {
    const before = await rss();
    let killed = 0;
    for (let round = 0; round < (FULL ? 20 : 4); round++) {
      const [session] = await connections(1);
      if (session === undefined) throw new Error("no connection");
      session.once("close", () => {
        killed += 1;
      });
      for (let batch = 0; batch < 50 && !session.destroyed; batch++) {
        for (let i = 0; i < 100 && !session.destroyed; i++) rawCall(session, path, UNPROVEN).stream.close(8);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await legitimate();
    }
    // HTTP/2 itself ends such connections; what counts is that the others did not notice.
    expect(killed).toBeGreaterThan(0);
    expect(await rss()).toBeLessThanOrEqual(before + 150);
  });

  it.each([
    ["PING", frameOf(6, 0, 0, Buffer.alloc(8))],
    ["SETTINGS", frameOf(4, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]))],
    ["CONTINUATION", frameOf(9, 0, 1, Buffer.alloc(16_000, 0x82))],
  ])("survives a flood of %s frames from a client that reads nothing", async (name, flood) => {
    const before = await rss();
    const socket = await rawSocket(await harness.address());
    if (name === "CONTINUATION") socket.write(frameOf(1, 0, 1, Buffer.from([0x82])));
    const many = Buffer.concat(Array.from({ length: Math.ceil(64_000 / flood.length) }, () => flood));
    let sent = 0;
    const limit = (FULL ? 200 : 20) * MIB;
    while (sent < limit && !socket.destroyed) {
      sent += many.length;
      // A full socket is the answer of a server that stopped reading.
      if (!socket.write(many) && !(await drained(socket))) break;
      if (sent % (5 * many.length) === 0) await legitimate();
    }
    await legitimate();
    expect(await rss()).toBeLessThanOrEqual(before + 150);
  });

  it("answers others while one client calls without end, and bounds what that one may hold", async () => {
    const before = await rss();
    const address = await harness.address();
    const clients = Array.from({ length: FULL ? 100 : 20 }, () => new UnaryClient(address, { secrets }));
    closers.push(...clients.map((client) => () => client.close()));
    const outcomes = new Map<string, number>();
    const from = Date.now();
    /** Until it met its bound, in the full size for a minute. */
    const floods = () => (outcomes.get("RESOURCE_EXHAUSTED") ?? 0) < 100 || (FULL && Date.now() - from < 60_000);
    let opened = 0;
    const flood = clients.flatMap((client, at) =>
      Array.from({ length: 16 }, async (_, lane) => {
        while (floods()) {
          opened += 1;
          const worker = `flood-${at}-${lane}-${opened}`;
          const offer = encodeOpenRequest({ application: "test", worker, tasks: [], slots: 1, held: [] });
          const outcome = await client.call(SESSIONS.Open, offer, 30_000).then(
            () => "OK",
            (error: { code: number }) => status[error.code] ?? "?",
          );
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      }),
    );
    let answered = 0;
    while (floods()) {
      await legitimate();
      answered += 1;
    }
    await Promise.all(flood);
    expect(answered).toBeGreaterThan(0);
    expect([...outcomes.keys()].sort()).toEqual(["OK", "RESOURCE_EXHAUSTED"]);
    // The number of sessions that may wait for their stream; in the full size the first ones are forgotten meanwhile.
    expect(outcomes.get("OK")).toBeGreaterThanOrEqual(1024);
    expect(await rss()).toBeLessThanOrEqual(before + 150);
  });
});

/** An HTTP/2 connection by hand, whose answers are never read. */
async function rawSocket(address: string): Promise<Socket> {
  const [host = "", port = ""] = address.split(":");
  const socket = connectSocket(Number(port), host);
  closers.push(() => socket.destroy());
  socket.on("error", () => {});
  socket.pause();
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frameOf(4, 0, 0, Buffer.alloc(0)));
  return socket;
}

function frameOf(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** False when the socket takes nothing for two seconds, or is closed. */
function drained(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 2000);
    const done = (open: boolean) => () => {
      clearTimeout(timer);
      resolve(open);
    };
    socket.once("drain", done(true));
    socket.once("close", done(false));
  });
}
