import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { AttachedStream, type SendingCall } from "#runtime/broker/dispatch/services/attached-stream.js";
import { decodeFromBroker } from "#runtime/wire/codec/session-codec.js";
import { ManualClock } from "../worker/manual-clock.js";

const MIB = 1024 * 1024;

/** A stream whose peer reads when the test says so. */
class Peer implements SendingCall {
  readonly written: { readonly bytes: Buffer; readonly sent: () => void }[] = [];
  readonly errors: unknown[] = [];

  write(bytes: Buffer, sent: () => void): boolean {
    this.written.push({ bytes, sent });
    return false;
  }

  emit(_event: "error", error: unknown): boolean {
    this.errors.push(error);
    return true;
  }

  /** Reads so many messages; their claims. */
  read(count: number): number[] {
    return this.written.splice(0, count).flatMap(({ bytes, sent }) => {
      sent();
      return decodeFromBroker(bytes).deliveries.map(({ claim }) => claim);
    });
  }
}

function attached() {
  const clock = new ManualClock();
  const peer = new Peer();
  const overflown: number[] = [];
  const credits: number[] = [];
  let stalled = 0;
  const stream = new AttachedStream(peer, clock, {
    overflow: (claims) => overflown.push(...claims),
    credit: (count) => credits.push(count),
    stalled: () => {
      stalled += 1;
    },
  });
  const deliver = (...claims: number[]) =>
    stream.deliver(claims.map((claim) => ({ claim, activation: new Uint8Array(MIB), deadline: 1000 })));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, peer, stream, deliver, turn, overflown, credits, stalled: () => stalled };
}

describe("the sending half of a stream", () => {
  it("holds 16 MiB for a worker that does not read; the rest goes back, and its credit waits for room", async () => {
    const { peer, stream, deliver, turn, overflown, credits } = attached();
    stream.credit(100);
    for (let claim = 1; claim <= 16; claim++) deliver(claim);
    deliver(17, 18);
    deliver(19);
    await turn();
    expect(peer.written).toHaveLength(16);
    expect(overflown).toEqual([17, 18, 19]);
    stream.credit(5);
    expect(credits).toEqual([100]);
    expect(peer.read(2)).toEqual([1, 2]);
    // Three that went back and five that were given since.
    expect(credits).toEqual([100, 8]);
    deliver(20);
    await turn();
    expect(overflown).toEqual([17, 18, 19]);
  });

  it("ends when nothing is read for 30 s, and not while something is", () => {
    const { clock, peer, stream, deliver, stalled } = attached();
    stream.credit(100);
    for (let claim = 1; claim <= 20; claim++) deliver(claim);
    clock.advance(29_000);
    peer.read(1);
    for (let claim = 21; claim <= 22; claim++) deliver(claim);
    clock.advance(29_000);
    expect(stalled()).toBe(0);
    clock.advance(1000);
    expect(stalled()).toBe(1);
  });

  it("does not mind a slow worker that holds little", () => {
    const { clock, stream, deliver, stalled } = attached();
    stream.credit(3);
    deliver(1, 2, 3);
    clock.advance(3_600_000);
    expect(stalled()).toBe(0);
  });

  it("takes no more credit than a worker can have a use for", () => {
    const { stream, deliver, credits } = attached();
    stream.credit(4_000_000_000);
    stream.credit(4_000_000_000);
    expect(credits).toEqual([65_536]);
    deliver(1, 2, 3);
    stream.credit(10);
    expect(credits).toEqual([65_536, 3]);
  });

  it("forgets credit that is withdrawn, also what waits for room", async () => {
    const { peer, stream, deliver, turn, credits } = attached();
    stream.credit(100);
    for (let claim = 1; claim <= 16; claim++) deliver(claim);
    stream.credit(5);
    stream.withdraw();
    await turn();
    peer.read(16);
    expect(credits).toEqual([100]);
    stream.credit(3);
    expect(credits).toEqual([100, 3]);
  });

  it("says one acknowledgement a turn, and nothing after its end", async () => {
    const { peer, stream, deliver, turn } = attached();
    for (let number = 1; number <= 50; number++) stream.acknowledge(number);
    await turn();
    stream.acknowledgeAlone(52);
    stream.acknowledgeAlone(53);
    await turn();
    const said = peer.written.map(({ bytes }) => decodeFromBroker(bytes));
    expect(said.map(({ acknowledged, alone }) => [acknowledged, alone])).toEqual([
      [50, []],
      [0, [52, 53]],
    ]);
    stream.fail(status.UNAVAILABLE, "over");
    stream.fail(status.UNAVAILABLE, "again");
    deliver(1);
    stream.acknowledge(51);
    await turn();
    expect(peer.written).toHaveLength(2);
    expect(peer.errors).toEqual([{ code: status.UNAVAILABLE, details: "over" }]);
  });
});
