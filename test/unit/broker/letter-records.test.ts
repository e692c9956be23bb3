import type { EnvironmentModel, TopicModel } from "taskwire/model";
import { describe, expect, it } from "vitest";
import { encodeActivation } from "#runtime/activation/encoding/codec.js";
import { letterOf } from "#runtime/broker/letters/records/letter.js";
import { markerOf, markerRecord } from "#runtime/broker/letters/records/marker.js";
import { Returns } from "#runtime/broker/letters/resolve/returns.js";
import { routeOf } from "#runtime/broker/letters/resolve/route.js";
import { sourcesOf } from "#runtime/broker/letters/sources.js";
import { memoryLog } from "#runtime/log/memory/log.js";
import type { ReadRecord } from "#runtime/log/port.js";
import { placeIn, placeText } from "#runtime/operations/letter-place.js";
import { letterRecord, WRITERS } from "../../support/letters.js";
import { activation } from "../../support/records.js";

const read = (record: ReturnType<typeof letterRecord>, offset = 4): ReadRecord => ({ ...record, offset });
const PURGED = { resolution: "purged", by: "ann", at: 5, replay: "" } as const;

describe("the record of a dead letter", () => {
  it.each(WRITERS)("written by %s has a marker of the same identity, also when its bytes are gone", (writer) => {
    const record = read(letterRecord(7, { writer }));
    const letter = letterOf("work-dlq", 2, record);
    if (letter === undefined) throw new Error("a letter is expected");
    const marker = { ...markerRecord(letter, record.key, PURGED), offset: 9 };
    expect(markerOf("work-dlq", 2, marker)).toMatchObject({ ...PURGED, identity: letter.identity, offset: 9 });
    expect(letterOf("work-dlq", 2, marker)).toBeUndefined();
    const scrubbed = letterOf("work-dlq", 2, { ...record, value: new Uint8Array(0) });
    expect(scrubbed?.identity).toBe(letter.identity);
  });

  it("of an earlier version has its id as key, and the same identity as one of this version", () => {
    const [older, newer] = (["old", "new"] as const).map((writer) =>
      letterOf("d", 0, read(letterRecord(7, { writer }))),
    );
    expect(older).toMatchObject({ id: "a7", origin: "work/0/7", root: "a7" });
    expect(older?.identity).toBe(newer?.identity);
  });

  it("of another program is known by its own place, whatever it holds", () => {
    const bytes = encodeActivation(activation({ id: "x", task: "t.u", namespace: "t" }));
    const place = "d/1/4";
    expect(letterOf("d", 1, { offset: 4, value: bytes })).toMatchObject({
      ...{ identity: place, origin: place, id: "x", task: "t.u", reason: "", fp: "", at: 0, content: "activation" },
    });
    expect(letterOf("d", 1, { offset: 4, value: Buffer.from("junk"), timestamp: 5.5 })).toMatchObject({
      ...{ identity: place, id: place, content: "undecodable", size: 4, at: 5 },
    });
    expect(letterOf("d", 1, { offset: 4, value: new Uint8Array(0), tombstone: true })).toBeUndefined();
  });

  it("with hostile headers is cut and read as far as it makes sense", () => {
    const long = "x".repeat(100_000);
    const headers = {
      ...{ "taskwire-topic": long, "taskwire-partition": "-1", "taskwire-offset": "1e3", "taskwire-at": "soon" },
      ...{ "taskwire-attempts": "99999999999999999", "taskwire-lost": "two", "taskwire-reason": long },
      ...{ "taskwire-error": long, "taskwire-id": long, "taskwire-root": long, "taskwire-max-attempts": "-5" },
    };
    const letter = letterOf("d", 0, { offset: 4, key: "k", value: new Uint8Array(0), headers });
    expect(letter).toMatchObject({ identity: "d/0/4", attempts: 0, lost: 0, maxAttempts: 0, at: 0, fp: "" });
    expect(letter?.error.length).toBe(256);
    expect(letter?.reason.length).toBe(64);
    expect(letter?.id.length).toBe(1024);
  });

  it("is no marker without the place of its letter, with a value, or with another word", () => {
    const headers = { "taskwire-resolved": "purged", "taskwire-resolved-offset": "3" };
    const value = new Uint8Array(0);
    expect(markerOf("d", 0, { offset: 9, value, headers })).toMatchObject({ identity: "d/0/3" });
    expect(markerOf("d", 0, { offset: 9, value, headers: { "taskwire-resolved": "purged" } })).toBeUndefined();
    expect(
      markerOf("d", 0, { offset: 9, value, headers: { ...headers, "taskwire-resolved": "done" } }),
    ).toBeUndefined();
    expect(markerOf("d", 0, { offset: 9, value: Buffer.from("x"), headers })).toBeUndefined();
  });

  it("is named by a place whose topic may have slashes", () => {
    const place = { topic: "a/b", partition: 3, offset: 12 };
    expect(placeIn(placeText(place))).toEqual(place);
    for (const text of ["", "a", "a/1", "/1/2", "a/x/2", "a/1/-2", "a/1/99999999999999999"]) {
      expect(placeIn(text)).toBeUndefined();
    }
  });
});

const ids = (from: number, count: number) => Array.from({ length: count }, (_, number) => `r${from + number}`);

describe("replays that come back as dead letters", () => {
  it("end a job when half of a hundred are back, however late", () => {
    const returns = new Returns();
    returns.sent(ids(0, 5000));
    returns.came(ids(1000, 49));
    returns.came(["unknown", ...ids(1000, 49)]);
    expect(returns.tripped).toBe(false);
    returns.came(ids(1049, 1));
    expect(returns.tripped).toBe(true);
  });

  it("do not end it when they are fewer than half, or too old to be remembered", () => {
    const returns = new Returns();
    returns.sent(ids(0, 20_000));
    returns.came(ids(0, 100));
    for (let hundred = 100; hundred < 200; hundred += 1) returns.came(ids(hundred * 100, 49));
    expect(returns.tripped).toBe(false);
  });
});

describe("the route of a replay", () => {
  const log = memoryLog();
  const topic = (name: string, rest: Partial<TopicModel> = {}): TopicModel => ({
    ...{ name, cluster: "main", partitions: 1, deadLetter: `${name}-dlq`, retry: name },
    ...rest,
  });
  const environment: EnvironmentModel = {
    name: "e",
    clusters: [{ name: "main", kind: "memory" }],
    topics: [topic("tasks"), topic("mail"), topic("envelopes", { raw: "raw", retry: "envelopes-retry" }), topic("old")],
    routes: [
      { namespace: "*", topic: "tasks" },
      { namespace: "mail", topic: "mail" },
      { namespace: "raw", topic: "envelopes" },
    ],
    pools: [],
  };
  const to = async (namespace: string, origin: string, declared?: readonly string[], of = environment) => {
    const routes = { environment: of, topics: new Map(), logOf: async () => log };
    const names = () => (declared === undefined ? undefined : new Set(declared));
    return (await routeOf({ ...routes, declared: names }, namespace, origin))?.topic;
  };

  it("is where the namespace is routed today, and for one of another application where its letter came from", async () => {
    expect(await to("mail", "old", ["mail", "jobs"])).toBe("mail");
    expect(await to("jobs", "old", ["mail", "jobs"])).toBe("tasks");
    expect(await to("foreign", "old", ["mail", "jobs"])).toBe("old");
    expect(await to("foreign", "gone", ["mail"])).toBe("tasks");
    expect(
      await to("mail", "old", undefined, { ...environment, absent: [{ namespace: "mail", environments: [] }] }),
    ).toBe("old");
  });

  it("is the retry topic for records of a raw topic, and none when no topic is left", async () => {
    expect(await to("raw", "envelopes")).toBe("envelopes-retry");
    expect(await to("jobs", "gone", [], { ...environment, routes: [] })).toBeUndefined();
  });
});

describe("the dead-letter topics of a pool", () => {
  it("are read once each, and named with their cluster where two clusters have one of that name", () => {
    const [one, two] = [memoryLog(), memoryLog()];
    const topic = (name: string, cluster: string, deadLetter: string): TopicModel => ({
      ...{ name, cluster, partitions: 1, deadLetter, retry: name },
    });
    const environment: EnvironmentModel = {
      name: "e",
      clusters: [
        { name: "c1", kind: "memory" },
        { name: "c2", kind: "kafka", brokers: ["b:1"], tls: false },
      ],
      ...{ topics: [], routes: [], pools: [] },
    };
    const sources = sourcesOf(environment, [
      { log: one, topic: topic("a", "c1", "dead") },
      { log: one, topic: topic("b", "c1", "dead") },
      { log: two, topic: topic("c", "c2", "dead") },
      { log: two, topic: topic("d", "c2", "other") },
    ]);
    expect(sources.map(({ name, mayCompact }) => [name, mayCompact])).toEqual([
      ["c1:dead", false],
      ["c2:dead", true],
      ["other", true],
    ]);
  });
});
