import type { ClientHttp2Session } from "node:http2";
import { gzipSync } from "node:zlib";
import { Client, credentials, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#runtime/base/clock.js";
import { type LogFields, type Logger, silentLogger } from "#runtime/base/logger.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import { sign } from "#runtime/wire/security/signature.js";
import { type UnaryCall, unary } from "#runtime/wire/server/endpoint.js";
import { healthService } from "#runtime/wire/server/health-service.js";
import { type ListeningServer, type ServeOptions, serve } from "#runtime/wire/server/server.js";
import { HEALTH, OPERATIONS, type RawMethod } from "#runtime/wire/services.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";
import { until } from "../support/waiting.js";
import { decodeHealthResponse } from "../support/wire/health-response.js";
import { frame, frameHead, rawCall, rawConnection } from "../support/wire/raw-grpc.js";

const { path } = OPERATIONS.Status;
const BODY = Buffer.from("a request");
const MIB = 1024 * 1024;

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

class Switch {
  #serving = true;
  readonly listeners = new Set<() => void>();

  serving(): boolean {
    return this.#serving;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  set(serving: boolean): void {
    this.#serving = serving;
    for (const listener of this.listeners) listener();
  }
}

interface Port {
  readonly server: ListeningServer;
  /** Requests that were handled. */
  readonly handled: Buffer[];
  /** Fingerprints of the secrets that signed them. */
  readonly signers: (string | undefined)[];
  readonly health: Switch;
  /** What calls get that are handled. */
  answer: () => Buffer | Promise<Buffer>;
}

/** A guarded port with one signed method, its namesake under a name like the health service's, and health. */
async function listen(options: Partial<ServeOptions> = {}): Promise<Port> {
  const handled: Buffer[] = [];
  const health = new Switch();
  const signers: (string | undefined)[] = [];
  const handle = (request: Buffer, { secret }: UnaryCall) => {
    handled.push(request);
    signers.push(secret);
    return port.answer();
  };
  const server = await serve({
    address: "127.0.0.1:0",
    flag: "--listen",
    exposes: "ask",
    endpoints: [
      unary(OPERATIONS.Status, handle),
      unary({ ...OPERATIONS.Status, path: "/grpc.health.v1.Health/CheckAll" }, handle),
      ...healthService(health, ["sentry_protos.taskbroker.v1.ConsumerService", "taskwire.v1.Sessions"]),
    ],
    security: { secrets: new Secrets(["new", "old"]) },
    clock: systemClock(),
    logger: silentLogger,
    ...options,
  });
  open.push(server);
  const port: Port = { server, handled, signers, health, answer: () => Buffer.from("an answer") };
  return port;
}

async function connection({ server }: Port): Promise<ClientHttp2Session> {
  const session = await rawConnection(server.address);
  open.push({ close: () => session.destroy() });
  return session;
}

function client({ server }: Port, ...secrets: string[]): UnaryClient {
  const made = new UnaryClient(server.address, secrets.length === 0 ? {} : { secrets: new Secrets(secrets) });
  open.push(made);
  return made;
}

const call = (caller: UnaryClient, method: RawMethod = OPERATIONS.Status) => caller.call(method, BODY, 10_000);
const refused = (code: status) => ({ code });

describe("a port with secrets", () => {
  it("answers calls signed with any of them, and names the one to the handler", async () => {
    const port = await listen();
    for (const secret of ["new", "old"]) expect(String(await call(client(port, secret)))).toBe("an answer");
    expect(port.handled.map(String)).toEqual(["a request", "a request"]);
    expect(port.signers).toEqual(new Secrets(["new", "old"]).all.map(({ fingerprint }) => fingerprint));
  });

  it("refuses every other signature as UNAUTHENTICATED, and handles nothing", async () => {
    const port = await listen();
    const session = await connection(port);
    const { signing } = new Secrets(["new"]);
    const good = sign(signing, path, BODY);
    const flipped = Buffer.from(BODY);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    const cases: Record<string, { signature?: string; body?: Buffer }> = {
      missing: {},
      empty: { signature: "" },
      "not hex": { signature: "z".repeat(64) },
      short: { signature: good.slice(0, 62) },
      long: { signature: `${good}00` },
      "hex, then something": { signature: `${good.slice(0, 62)}zz` },
      twice: { signature: `${good}, ${good}` },
      "of another secret": { signature: sign(new Secrets(["gone"]).signing, path, BODY) },
      "of another path": { signature: sign(signing, HEALTH.Check.path, BODY) },
      "of another body": { signature: good, body: flipped },
      "of a longer body": { signature: good, body: BODY.subarray(0, 4) },
      "of no body": { signature: sign(signing, path, Buffer.alloc(0)) },
    };
    for (const [name, { signature, body = BODY }] of Object.entries(cases)) {
      const { stream, ended } = rawCall(
        session,
        path,
        signature === undefined ? {} : { "sentry-signature": signature },
      );
      stream.end(frame(body));
      expect([name, (await ended).status]).toEqual([name, status.UNAUTHENTICATED]);
    }
    expect(port.handled).toEqual([]);
    const { stream, ended } = rawCall(session, path, { "sentry-signature": good });
    stream.end(frame(BODY));
    expect((await ended).status).toBe(status.OK);
    expect(port.handled).toHaveLength(1);
  });

  it("takes unsigned calls of exactly the two health methods", async () => {
    const port = await listen();
    const unsigned = client(port);
    const named = (service: string) => Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]);
    for (const service of ["", "sentry_protos.taskbroker.v1.ConsumerService", "taskwire.v1.Sessions"]) {
      expect(decodeHealthResponse(await unsigned.call(HEALTH.Check, named(service), 10_000))).toBe(true);
    }
    await expect(unsigned.call(HEALTH.Check, named("other"), 10_000)).rejects.toMatchObject(refused(status.NOT_FOUND));
    await expect(unsigned.call(HEALTH.Check, Buffer.from([0xff]), 10_000)).rejects.toMatchObject(
      refused(status.INVALID_ARGUMENT),
    );
    for (const [other, code] of [
      ["/grpc.health.v1.Health/CheckAll", status.UNAUTHENTICATED],
      ["/grpc.health.v1.Health/check", status.UNIMPLEMENTED],
      ["/grpc.health.v1.Health/Check/", status.UNIMPLEMENTED],
    ] as const) {
      await expect(call(unsigned, { ...HEALTH.Check, path: other })).rejects.toMatchObject(refused(code));
    }
    expect(port.handled).toEqual([]);
  });

  it("refuses an unsigned request of 10 MB by its metadata, and takes at most 64 KiB of it", async () => {
    const port = await listen();
    const session = await connection(port);
    const before = session.socket.bytesWritten;
    const { stream, ended } = rawCall(session, path);
    stream.end(frame(Buffer.alloc(10_000_000)));
    const { status: code, message } = await ended;
    expect(code).toBe(status.UNAUTHENTICATED);
    expect(message).toContain("sentry-signature is missing");
    expect(session.socket.bytesWritten - before).toBeLessThanOrEqual(64 * 1024 + 1024);
    // The connection goes on.
    const next = rawCall(session, path, { "sentry-signature": sign(new Secrets(["new"]).signing, path, BODY) });
    next.stream.end(frame(BODY));
    expect((await next.ended).status).toBe(status.OK);
  });

  it("drops a removed secret at once, without a restart", async () => {
    const secrets = new Secrets(["new", "old"]);
    const port = await listen({ security: { secrets } });
    const old = client(port, "old");
    await call(old);
    secrets.replace(["new"]);
    await expect(call(old)).rejects.toMatchObject(refused(status.UNAUTHENTICATED));
    await call(client(port, "new", "old"));
  });

  it("logs refused calls together, without what was sent", async () => {
    const lines: [string, LogFields | undefined][] = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => void lines.push([message, fields]) };
    const port = await listen({ logger });
    const unsigned = client(port);
    for (let i = 0; i < 20; i++) await call(unsigned).catch(() => {});
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject(["calls were refused", { last: { method: path } }]);
  });
});

describe("a port without secrets", () => {
  it("takes unsigned calls, and warns when others than this machine's processes reach it", async () => {
    const warned: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => void warned.push(message) };
    const port = await listen({ security: {}, logger });
    await call(client(port));
    expect(warned).toEqual([]);
    await listen({ security: {}, logger, address: "0.0.0.0:0" });
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(/TASKWIRE_SECRETS.*TASKWIRE_TLS_CERT/);
    await listen({ logger, address: "0.0.0.0:0" });
    expect(warned).toHaveLength(1);
  });
});

describe("requests that are not finished", () => {
  const signature = { "sentry-signature": "0".repeat(64) };

  it("are refused and reset when their time is over, whatever of them has come", async () => {
    const port = await listen({ unread: { calls: 100, bytes: MIB, time: 200 } });
    const session = await connection(port);
    const nothing = rawCall(session, path, signature);
    const head = rawCall(session, path, signature);
    head.stream.write(frameHead(MIB));
    const part = rawCall(session, path, signature);
    part.stream.write(frame(Buffer.alloc(MIB)).subarray(0, 1000));
    const whole = rawCall(session, path, { "sentry-signature": sign(new Secrets(["new"]).signing, path, BODY) });
    whole.stream.write(frame(BODY));
    const watch = rawCall(session, HEALTH.Watch.path);
    for (const { ended } of [nothing, head, part, whole, watch]) {
      expect(await ended).toMatchObject({ status: status.DEADLINE_EXCEEDED, reset: 0 });
    }
    // A client's own deadline ends the call before that; its stream is reset all the same.
    const own = rawCall(session, path, { ...signature, "grpc-timeout": "10m" });
    expect(await own.ended).toMatchObject({ status: status.DEADLINE_EXCEEDED, reset: 0 });
    expect(port.handled).toEqual([]);
  });

  it("give way to new calls over the limits of calls and bytes", async () => {
    const port = await listen({ unread: { calls: 10, bytes: 256 * 1024, time: 600_000 } });
    const session = await connection(port);
    const halfOpen = Array.from({ length: 12 }, () => rawCall(session, path, signature));
    for (const { ended } of halfOpen.slice(0, 2)) expect((await ended).status).toBe(status.RESOURCE_EXHAUSTED);
    const trickling = halfOpen.slice(2, 8);
    for (const { stream } of trickling) stream.write(frame(Buffer.alloc(MIB)).subarray(0, 50_000));
    expect((await trickling[0]?.ended)?.status).toBe(status.RESOURCE_EXHAUSTED);
    expect(String(await call(client(port, "new")))).toBe("an answer");
    expect(port.handled).toHaveLength(1);
  });

  it("are refused when they are larger than a message may be, or compressed", async () => {
    const port = await listen();
    const session = await connection(port);
    const large = rawCall(session, path, signature);
    large.stream.write(frameHead(10 * MIB + 64 * 1024 + 1));
    expect(await large.ended).toMatchObject({ status: status.RESOURCE_EXHAUSTED, reset: 0 });
    const bomb = gzipSync(Buffer.alloc(9 * MIB));
    const compressed = rawCall(session, path, { ...signature, "grpc-encoding": "gzip" });
    compressed.stream.end(Buffer.concat([frameHead(bomb.length, true), bomb]));
    expect((await compressed.ended).status).toBe(status.UNIMPLEMENTED);
  });

  it("leave a largest message its way", async () => {
    const port = await listen();
    const largest = Buffer.alloc(10 * MIB + 64 * 1024, 7);
    const caller = client(port, "new");
    await caller.call(OPERATIONS.Status, largest, 30_000);
    expect(port.handled[0]?.equals(largest)).toBe(true);
  });
});

describe("health", () => {
  it("is sent to watchers at once and when it changes", async () => {
    const port = await listen();
    const watcher = new Client(port.server.address, credentials.createInsecure());
    open.push(watcher);
    const { requestSerialize, responseDeserialize } = HEALTH.Watch;
    const stream = watcher.makeServerStreamRequest(
      HEALTH.Watch.path,
      requestSerialize,
      responseDeserialize,
      Buffer.alloc(0),
    );
    const told: boolean[] = [];
    stream.on("data", (bytes: Buffer) => told.push(decodeHealthResponse(bytes)));
    stream.on("error", () => {});
    await until(() => told.length === 1);
    port.health.set(false);
    await until(() => told.length === 2);
    port.health.set(false);
    port.health.set(true);
    await until(() => told.length === 3);
    expect(told).toEqual([true, false, true]);
    stream.cancel();
    await until(() => port.health.listeners.size === 0);
  });
});

describe("calls that are being answered", () => {
  it("are bounded: more are refused as RESOURCE_EXHAUSTED, and room comes back", async () => {
    const port = await listen({ security: {} });
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    port.answer = async () => {
      await gate;
      return Buffer.from("late");
    };
    const callers = Array.from({ length: 20 }, () => client(port));
    const calls = Array.from({ length: 2100 }, (_, i) => {
      const caller = callers[i % callers.length];
      if (caller === undefined) throw new Error("no caller");
      return caller.call(OPERATIONS.Status, BODY, 60_000).then(
        () => "answered",
        (error: { code: number }) => status[error.code],
      );
    });
    await until(() => port.handled.length === 2048);
    const over = await Promise.race(calls);
    expect(over).toBe("RESOURCE_EXHAUSTED");
    release();
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === "answered")).toHaveLength(2048);
    expect(outcomes.filter((outcome) => outcome === "RESOURCE_EXHAUSTED")).toHaveLength(52);
    expect(String(await call(callers[0] ?? client(port)))).toBe("late");
  });
});
