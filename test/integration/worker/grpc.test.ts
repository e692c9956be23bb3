import { Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { decodeOpenRequest, encodeFromBroker, encodeOpened } from "#runtime/wire/codec/session-codec.js";
import { decodeFromWorker, type FromWorker } from "#runtime/wire/codec/worker-message-codec.js";
import { SERVER_OPTIONS, SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "#runtime/wire/services.js";
import type { Delivery, SessionEvents, SessionOffer } from "#runtime/wire/session.js";
import { brokerSession } from "#runtime/worker/index.js";
import { activation } from "./fake-broker.js";
import { eventually } from "./support.js";

type Stream = ServerDuplexStream<Buffer, Buffer>;

const TOKEN = Buffer.alloc(32, 7);
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.forceShutdown();
});

interface Broker {
  readonly address: string;
  readonly offers: SessionOffer[];
  readonly messages: FromWorker[];
  readonly streams: Stream[];
}

/** A gRPC server that keeps what workers say; `sessions` false: it has no such service. */
async function listen({ sessions = true } = {}): Promise<Broker> {
  const server = new Server(SERVER_OPTIONS);
  servers.push(server);
  const offers: SessionOffer[] = [];
  const messages: FromWorker[] = [];
  const streams: Stream[] = [];
  if (sessions) {
    server.addService(SESSIONS, {
      Open: (call: { request: Buffer }, answer: (error: null, bytes: Buffer) => void) => {
        const offer = decodeOpenRequest(call.request);
        offers.push(offer);
        const valid = offer.held.map(({ claim }) => claim);
        answer(
          null,
          encodeOpened({ session: "s1", token: TOKEN, valid, maxBatchActivations: 64, maxBatchBytes: 1024 * 1024 }),
        );
      },
      Attach: (stream: Stream) => {
        const { metadata } = stream;
        if (metadata.get(SESSION_METADATA)[0] !== "s1" || metadata.get(TOKEN_METADATA)[0] !== TOKEN.toString("hex")) {
          stream.destroy(Object.assign(new Error("unknown session"), { code: status.UNAUTHENTICATED }));
          return;
        }
        streams.push(stream);
        stream.on("data", (bytes: Buffer) => messages.push(decodeFromWorker(bytes)));
        stream.on("end", () => stream.end());
        stream.on("error", () => {});
      },
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, offers, messages, streams };
}

const OFFER: SessionOffer = {
  application: "test",
  worker: "w1",
  tasks: [{ name: "t.echo", hash: "h" }],
  slots: 4,
  held: [{ claim: 2 ** 48 + 5, id: "a" }],
};

function events(): SessionEvents & { readonly delivered: Delivery[]; readonly losses: string[] } {
  const delivered: Delivery[] = [];
  const losses: string[] = [];
  return {
    delivered,
    losses,
    deliver: (deliveries) => void delivered.push(...deliveries),
    cancel: () => {},
    lost: (reason) => void losses.push(reason),
  };
}

describe("the gRPC transport", () => {
  it("opens with the whole offer, and learns which claims still count", async () => {
    const broker = await listen();
    const session = await brokerSession(broker.address).open(OFFER, events());
    expect(broker.offers).toEqual([OFFER]);
    expect(session).toMatchObject({ id: "s1", valid: [2 ** 48 + 5] });
    await session.close();
  });

  it("sends what is said in one turn as one message, and settles when it is acknowledged", async () => {
    const broker = await listen();
    const told = events();
    const session = await brokerSession(broker.address).open(OFFER, told);
    session.credit(3);
    session.credit(4);
    session.started([{ claim: 1, since: 120 }]);
    session.giveBack([8, 9]);
    let settled = false;
    const settle = session
      .settle([
        { kind: "complete", claim: 5 },
        { kind: "retry", claim: 6, reason: "error", error: "e", delay: 7, maxAttempts: 3 },
        { kind: "failure", claim: 7, reason: "unknown_task", error: "ü".repeat(4000) },
      ])
      .then(() => {
        settled = true;
      });
    await eventually(() => expect(broker.messages).toHaveLength(1));
    const [message] = broker.messages;
    expect(message).toMatchObject({ number: 1, credit: 7, started: [{ claim: 1, since: 120 }], returned: [8, 9] });
    expect(message?.outcomes.slice(0, 2)).toEqual([
      { kind: "complete", claim: 5 },
      { kind: "retry", claim: 6, reason: "error", error: "e", delay: 7, maxAttempts: 3 },
    ]);
    const [, , failure] = message?.outcomes ?? [];
    expect(failure?.kind === "failure" && Buffer.byteLength(failure.error)).toBeLessThanOrEqual(4096);
    const { activation: bytes } = activation("t.echo", {});
    broker.streams[0]?.write(
      encodeFromBroker({
        deliveries: [{ claim: 2 ** 50, activation: bytes, deadline: 30_000, lost: 300 }],
        acknowledged: 0,
        alone: [],
        cancelled: [],
      }),
    );
    await eventually(() => expect(told.delivered).toHaveLength(1));
    expect(told.delivered[0]).toMatchObject({ claim: 2 ** 50, deadline: 30_000, lost: 300 });
    expect(Buffer.from(told.delivered[0]?.activation ?? []).equals(bytes)).toBe(true);
    expect(settled).toBe(false);
    broker.streams[0]?.write(encodeFromBroker({ deliveries: [], acknowledged: 1, alone: [], cancelled: [] }));
    await settle;
    session.drain().catch(() => {}); // rejects when the stream ends
    await eventually(() => expect(broker.messages.at(-1)).toMatchObject({ number: 2, draining: true }));
    await session.close();
    expect(told.losses).toEqual([]);
  });

  it("takes credit back in a message of its own, behind which nothing is delivered for it", async () => {
    const broker = await listen();
    const session = await brokerSession(broker.address).open(OFFER, events());
    session.credit(5);
    let taken = false;
    const withdrawn = session.withdraw().then(() => {
      taken = true;
    });
    session.credit(1);
    await eventually(() => expect(broker.messages).toHaveLength(1));
    expect(broker.messages[0]).toMatchObject({ number: 1, credit: 1, withdrawn: true });
    session.credit(1);
    await eventually(() => expect(broker.messages[1]).toMatchObject({ credit: 1, withdrawn: false }));
    expect(taken).toBe(false);
    broker.streams[0]?.write(encodeFromBroker({ deliveries: [], acknowledged: 1, alone: [], cancelled: [] }));
    await withdrawn;
    await session.close();
  });

  it("reports the loss once and rejects what was not acknowledged when the stream ends", async () => {
    const broker = await listen();
    const told = events();
    const session = await brokerSession(broker.address).open(OFFER, told);
    const settle = session.settle([{ kind: "complete", claim: 5 }]);
    await eventually(() => expect(broker.messages).toHaveLength(1));
    broker.streams[0]?.end();
    await expect(settle).rejects.toMatchObject({ code: "session_ended" });
    expect(told.losses).toHaveLength(1);
    await expect(session.settle([{ kind: "complete", claim: 6 }])).rejects.toMatchObject({ code: "session_ended" });
  });

  it("reports the loss when the broker is gone", async () => {
    const broker = await listen();
    const told = events();
    const session = await brokerSession(broker.address).open(OFFER, told);
    session.credit(1);
    await eventually(() => expect(broker.messages).toHaveLength(1));
    for (const server of servers.splice(0)) server.forceShutdown();
    await eventually(() => expect(told.losses).toHaveLength(1));
    await expect(brokerSession(broker.address).open(OFFER, events())).rejects.toMatchObject({
      code: "session_refused",
      message: expect.stringContaining(broker.address),
    });
  });

  it("names a broker that has no sessions", async () => {
    const broker = await listen({ sessions: false });
    await expect(brokerSession(broker.address).open(OFFER, events())).rejects.toMatchObject({ code: "no_sessions" });
  });

  it("carries an activation of the largest size both ways", async () => {
    const broker = await listen();
    const told = events();
    const session = await brokerSession(broker.address).open(OFFER, told);
    session.credit(1);
    await eventually(() => expect(broker.streams).toHaveLength(1));
    const bytes = new Uint8Array(10 * 1024 * 1024).fill(3);
    broker.streams[0]?.write(
      encodeFromBroker({
        deliveries: [{ claim: 1, activation: bytes, deadline: 1 }],
        acknowledged: 0,
        alone: [],
        cancelled: [],
      }),
    );
    await eventually(() => expect(told.delivered[0]?.activation.length).toBe(bytes.length));
    await session.close();
  });
});
