import { Encoder } from "@msgpack/msgpack";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { compress, decompressor } from "#runtime/activation/encoding/zstd.js";
import type { Policy } from "#runtime/broker/inflight/events.js";
import type { Facts } from "#runtime/broker/inflight/row.js";
import { DropRules } from "#runtime/broker/runtime-config/drop-rules.js";
import { parseRuntimeConfig } from "#runtime/broker/runtime-config/parse.js";
import { demotedTarget, policyOf } from "#runtime/broker/runtime-config/policy.js";
import type { EnvironmentModel, PoolModel } from "#runtime/model/model.js";

const pool = (...topics: readonly string[]): PoolModel => ({
  name: "default",
  topics,
  group: "test",
  maxPendingCount: 1,
  maxProcessingCount: 1,
  maxProcessingAttempts: 1,
  maxProcessingDeadline: 1000,
});
const topic = (name: string, cluster: string) => ({
  name,
  cluster,
  partitions: 1,
  deadLetter: `${name}-dlq`,
  retry: name,
});
const environment: EnvironmentModel = {
  name: "test",
  clusters: [
    { name: "main", kind: "memory" },
    { name: "other", kind: "memory" },
  ],
  topics: [topic("work", "main"), topic("long", "other")],
  routes: [{ namespace: "*", topic: "work" }],
  pools: [],
};

const encoder = new Encoder({ useBigInt64: true });
let unpack: (frame: Uint8Array) => Uint8Array;
beforeAll(async () => {
  unpack = await decompressor();
});

function policy(text: string): Policy {
  const config = parseRuntimeConfig("rules.yaml", text);
  const rules = new DropRules(
    config.drop.map((rule) => ({ rule, dropped: 0 })),
    unpack,
  );
  return policyOf(config, rules, demotedTarget("rules.yaml", config, environment, pool("work")), environment);
}

function facts(parameters: Uint8Array, more: Partial<Facts> = {}, headers: readonly [string, string][] = []): Facts {
  const payload = encodeActivation({
    id: "id",
    namespace: "ns",
    task: "ns.task",
    application: "app",
    headers: new Map(headers),
    receivedAt: 0,
    parameters,
    retry: NO_RETRY_STATE,
    deadline: 30,
    expires: undefined,
    delay: undefined,
  });
  return {
    seq: 1,
    id: "id",
    namespace: "ns",
    task: "ns.task",
    application: "app",
    topic: "work",
    partition: 0,
    offset: 0,
    payload,
    receivedAt: 0,
    due: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    deadline: 30_000,
    atMostOnce: false,
    deadLetter: false,
    attempts: 0,
    maxAttempts: 0,
    remembered: false,
    ...more,
  };
}

const call = (args: readonly unknown[], kwargs: object = {}) => facts(encoder.encode({ args, kwargs }));
const selecting = (conditions: string) => policy(`drop_task_killswitch: [{ name: ns.task, ${conditions} }]`);

describe("the policy of a runtime configuration", () => {
  it("drops every activation of a task that is named, and keeps others", () => {
    const named = policy("drop_task_killswitch: [ns.task]");
    expect(named.judge(call([]))).toBe("drop");
    expect(named.judge(facts(new Uint8Array(), { task: "ns.other" }))).toBe("keep");
  });

  it.each([
    ["select_arg: { 0: 123 }", [123], {}, "drop"],
    ["select_arg: { 0: 123 }", [124], {}, "keep"],
    ["select_arg: { 5: 123 }", [123], {}, "keep"],
    ["select_arg: { 1: x }", [{ large: ["skipped", 1.5, null] }, "x"], {}, "drop"],
    ["select_kwarg: { project_id: 123 }", [], { project_id: 123 }, "drop"],
    ["select_kwarg: { project_id: 123 }", [], { project_id: "123" }, "keep"],
    ["select_kwarg: { project_id: 123 }", [], { other: 123 }, "keep"],
    ["select_kwarg: { project_id: 9007199254740993 }", [], { project_id: 2n ** 53n + 1n }, "drop"],
    ["select_kwarg: { project_id: 9007199254740993 }", [], { project_id: 2n ** 53n }, "keep"],
    ["select_kwarg: { project_id: -5 }", [], { project_id: -5 }, "drop"],
    ["select_kwarg: { rate: 1.5 }", [], { rate: 1.5 }, "drop"],
    ["select_kwarg: { rate: 2.0 }", [], { rate: 2 }, "drop"],
    ["select_kwarg: { flag: true }", [], { flag: true }, "drop"],
    ["select_kwarg: { flag: true }", [], { flag: 1 }, "keep"],
    ["select_kwarg: { note: null }", [], { note: null }, "drop"],
    ["select_kwarg: { note: null }", [], {}, "keep"],
    ["select_kwarg: { ids: [1, { a: b }] }", [], { ids: [1, { a: "b" }] }, "drop"],
    ["select_kwarg: { ids: [1, { a: b }] }", [], { ids: [1, { a: "c" }] }, "keep"],
    ["select_kwarg: { raw: abc }", [], { raw: new Uint8Array([97, 98, 99]) }, "keep"],
    // Any condition is enough, whichever way the call was made.
    ["select_arg: { 0: 123 }, select_kwarg: { project_id: 123 }", [123], {}, "drop"],
    ["select_arg: { 0: 123 }, select_kwarg: { project_id: 123 }", [], { project_id: 123 }, "drop"],
    ["select_arg: { 0: 123 }, select_kwarg: { project_id: 123 }", [1], { project_id: 2 }, "keep"],
  ])("compares arguments with { %s } (case %#)", (conditions, args, kwargs, expected) => {
    expect(selecting(conditions).judge(call(args, kwargs))).toBe(expected);
  });

  it("counts what each rule drops, once, by the first rule that matches", () => {
    const text =
      "drop_task_killswitch: [{ name: ns.task, select_arg: { 0: 1 } }, { name: ns.task, select_arg: { 1: 2 } }, ns.other]";
    const counted = parseRuntimeConfig("rules.yaml", text).drop.map((rule) => ({ rule, dropped: 0 }));
    const rules = new DropRules(counted, unpack);
    for (const args of [
      [1, 2],
      [1, 3],
      [0, 2],
      [0, 0],
    ])
      rules.drops(call(args));
    rules.drops(facts(new Uint8Array(), { task: "ns.other" }));
    expect(rules.rules.map(({ dropped }) => dropped)).toEqual([2, 1, 1]);
  });

  it("applies to compressed parameters, too", async () => {
    const frame = await compress(encoder.encode({ args: [], kwargs: { project_id: 1, pad: "ab".repeat(50) } }));
    const packed = facts(frame ?? new Uint8Array(), {}, [["compression-type", "zstd"]]);
    expect(selecting("select_kwarg: { project_id: 1 }").judge(packed)).toBe("drop");
    expect(selecting("select_kwarg: { project_id: 2 }").judge(packed)).toBe("keep");
  });

  it.each([
    ["no msgpack", facts(new Uint8Array([0xff, 0xff, 0xc1]))],
    ["nothing", facts(new Uint8Array())],
    ["not a map", facts(encoder.encode([1, 2]))],
    ["args that are no list", facts(encoder.encode({ args: { 0: 1 }, kwargs: { a: 1 } }))],
    [
      "an announced array of 4 billion elements",
      facts(new Uint8Array([0x81, 0xa4, 97, 114, 103, 115, 0xdd, 255, 255, 255, 255])),
    ],
    ["an extension type", facts(new Uint8Array([0x81, 0xa4, 97, 114, 103, 115, 0x91, 0xd4, 1, 0]))],
    [
      "a zstd flag on plain bytes",
      facts(encoder.encode({ args: [1], kwargs: { a: 1 } }), {}, [["compression-type", "zstd"]]),
    ],
    ["no activation", { ...call([1], { a: 1 }), payload: new Uint8Array([1, 2, 3]) }],
    ["another activation in a raw record", { ...call([1], { a: 1 }), id: "of the record" }],
  ])("keeps what it cannot read: %s", (_what, poison) => {
    expect(selecting("select_arg: { 0: 1 }, select_kwarg: { a: 1 }").judge(poison)).toBe("keep");
  });

  it("finds arguments beside ones called __proto__, and pollutes nothing", () => {
    const name = Buffer.from("__proto__");
    const kwargs = Buffer.concat([
      Buffer.from([0x82, 0xa0 + name.length]),
      name,
      encoder.encode({ polluted: 1 }),
      encoder.encode("a"),
      encoder.encode(1),
    ]);
    const parameters = Buffer.concat([Buffer.from([0x81]), encoder.encode("kwargs"), kwargs]);
    expect(selecting("select_kwarg: { a: 1 }").judge(facts(parameters))).toBe("drop");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("demotes namespaces, except in the topic where they are to be", () => {
    const demoting = policy("demoted_namespaces: [ns]\ndemoted_topic: long");
    expect(demoting.judge(call([]))).toBe("demote");
    expect(demoting.judge({ ...call([]), topic: "long" })).toBe("keep");
    expect(demoting.judge({ ...call([]), namespace: "other" })).toBe("keep");
    expect(
      policy("demoted_namespaces: [ns]\ndemoted_topic: long\ndrop_task_killswitch: [ns.task]").judge(call([])),
    ).toBe("drop");
  });

  it("says where demoted records go: to the named cluster, else to the topic's, else to the pool's only one", () => {
    const target = (text: string, ...topics: readonly string[]) =>
      demotedTarget("rules.yaml", parseRuntimeConfig("rules.yaml", text), environment, pool("work", ...topics));
    expect(target("demoted_topic: long")).toEqual({ topic: "long", cluster: "other" });
    expect(target("demoted_topic: elsewhere")).toEqual({ topic: "elsewhere", cluster: "main" });
    expect(() => target("demoted_topic: elsewhere", "long")).toThrow(
      'demoted_topic_cluster: expected the cluster of topic "elsewhere" (one of main, other)',
    );
    expect(target("demoted_topic: elsewhere\ndemoted_topic_cluster: other")).toEqual({
      topic: "elsewhere",
      cluster: "other",
    });
    expect(target("{}")).toBeUndefined();
    expect(() => target("demoted_topic: long\ndemoted_topic_cluster: kafka:9092")).toThrow(
      'demoted_topic_cluster: expected a cluster of environment "test" (main, other), got "kafka:9092"',
    );
  });
});
