import { decode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { decodeActivation, decodeHead } from "#runtime/activation/encoding/codec.js";
import { LARGEST_RAW_BYTES, rawId } from "#runtime/activation/raw.js";
import { checkRawTopics, rawArrival, rawTopics } from "#runtime/broker/intake/raw.js";
import type { Model } from "#runtime/model/model.js";
import { environment, rawModel } from "../../integration/fixtures/blobs.js";

const model: Model = {
  taskwire: 1,
  application: "test",
  hash: "",
  types: [],
  namespaces: [rawModel, { name: "blobs", tasks: [] }],
  environments: [environment],
};
const raw = rawTopics(model, environment);
const facts = raw.get("envelopes") ?? raise();

describe("raw records at intake", () => {
  it("belong to the topics that a raw namespace owns, with its task's facts", () => {
    expect([...raw.keys()]).toEqual(["envelopes"]);
    expect(facts).toMatchObject({ key: "raw.take", name: "test.take_envelope", namespace: "raw", application: "test" });
  });

  it("show their handler the key, and whether there was a value, which no header of theirs can pretend", () => {
    const headersOf = (rest: { key?: string; tombstone?: true; headers?: Record<string, string> }) => {
      const arrival = rawArrival(facts, "envelopes", 0, { offset: 7, value: new Uint8Array(), ...rest }, 1);
      if ("poison" in arrival) throw new Error(arrival.error);
      return [...decodeActivation(arrival.payload).headers];
    };
    expect(headersOf({ key: "k" })).toEqual([["taskwire-key", "k"]]);
    expect(headersOf({ key: "k", tombstone: true, headers: { a: "b" } })).toEqual([
      ["a", "b"],
      ["taskwire-key", "k"],
      ["taskwire-tombstone", "1"],
    ]);
    expect(headersOf({ headers: { "taskwire-tombstone": "1", "taskwire-key": "k" } })).toEqual([]);
    const long = { offset: 8, value: new Uint8Array(), key: "k".repeat(70_000) };
    expect(rawArrival(facts, "envelopes", 0, long, 1)).toMatchObject({ poison: "undecodable" });
  });

  it("become activations whose head the machine gets as it would read it", () => {
    const record = { offset: 7, value: Uint8Array.of(1, 2), headers: { a: "b", lone: "\ud800", "taskwire-slot": "x" } };
    const arrival = rawArrival(facts, "envelopes", 0, record, 1_700_000_000_123);
    if ("poison" in arrival) throw new Error(arrival.error);
    expect(arrival.head).toEqual(decodeHead(arrival.payload));
    const activation = decodeActivation(arrival.payload);
    expect(activation).toMatchObject({
      id: rawId({ topic: "envelopes", partition: 0, offset: 7 }),
      receivedAt: 1_700_000_000_123,
      expires: 3600,
      retry: { attempts: 0, maxAttempts: 3, onExceeded: "deadletter", atMostOnce: false, delay: undefined },
    });
    expect([...activation.headers]).toEqual([["a", "b"]]);
    expect(decode(activation.parameters)).toEqual({ args: [Uint8Array.of(1, 2)], kwargs: {} });
  });

  it("are poison when no activation has room for them", () => {
    const value = new Uint8Array(LARGEST_RAW_BYTES + 1);
    expect(rawArrival(facts, "envelopes", 0, { offset: 1, value }, 5)).toMatchObject({
      poison: "oversized",
      error: `a raw record of ${LARGEST_RAW_BYTES + 1} bytes; at most ${LARGEST_RAW_BYTES} are allowed`,
    });
    const headers = { h: "h".repeat(70_000) };
    expect(rawArrival(facts, "envelopes", 0, { offset: 1, value: Uint8Array.of(1), headers }, 5)).toMatchObject({
      poison: "undecodable",
      error: "the key and headers are more than 65536 bytes",
    });
  });

  it("keep a broker from starting that does not know their task", () => {
    const topics = new Map(environment.topics.map((topic) => [topic.name, { topic }]));
    checkRawTopics(topics, raw);
    expect(() => checkRawTopics(topics, new Map())).toThrow('topic "envelopes" holds raw records of namespace "raw"');
    expect([...rawTopics({ ...model, namespaces: [] }, environment)]).toEqual([]);
  });
});

function raise(): never {
  throw new Error("there is none");
}
