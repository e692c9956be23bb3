import { Encoder, ExtData } from "@msgpack/msgpack";
import type { FieldModel, Model } from "taskwire/model";
import { describe, expect, it } from "vitest";
import { exactJson } from "#runtime/base/exact-json.js";
import { printExactJson } from "#runtime/base/print-exact-json.js";
import { editedParameters } from "#runtime/operations/edited-parameters.js";
import { readContent } from "#runtime/operations/redaction/content.js";
import { encoded } from "../../support/harness/broker-harness.js";

const encoder = new Encoder({ useBigInt64: true });

function field(name: string, change: Partial<FieldModel> = {}): FieldModel {
  return { name, type: { kind: "string" }, optional: true, nullable: true, ...change };
}

const MODEL: Model = {
  ...{ taskwire: 1, application: "app", hash: "00", environments: [] },
  types: [
    { kind: "record", name: "Person", fields: [field("key", { type: { kind: "bytes" }, formerly: ["old_key"] })] },
    { kind: "record", name: "Account", fields: [field("pin", { sensitive: true })] },
  ],
  namespaces: [
    {
      name: "things",
      tasks: [
        {
          ...{ key: "quick", name: "things.quick", hash: "1", processingDeadline: 30_000, atMostOnce: false },
          compression: "auto",
          parameters: [
            field("id", { type: { kind: "bigint" } }),
            field("text", { formerly: ["words"] }),
            field("data", { type: { kind: "bytes" } }),
            field("people", { type: { kind: "list", element: { kind: "named", name: "Person" } } }),
            field("shares", { type: { kind: "map", element: { kind: "float" } } }),
            field("extra", { type: { kind: "json" } }),
            field("account", { type: { kind: "named", name: "Account" } }),
            field("at", { type: { kind: "datetime" } }),
          ],
        },
      ],
    },
  ],
};

const activation = (kwargs: object, args: readonly unknown[] = [], task = "things.quick") =>
  encoded({ task, parameters: encoder.encode({ args, kwargs }) });

async function editable(bytes: Uint8Array, reveal = false): Promise<string | undefined> {
  return (await readContent(bytes, { models: [MODEL], reveal, large: true })).editable;
}

describe("parameters for editing", () => {
  it("are the JSON that sends the same parameters again, integers of any size as numbers", async () => {
    const bytes = activation({
      ...{ id: 12345678901234567890n, words: "né\u2028<", data: Uint8Array.of(0, 255) },
      ...{ people: [{ old_key: Uint8Array.of(1) }, {}], shares: { a: 0.5, __proto__x: 1 } },
      ...{ extra: { n: 9007199254740993n, list: [[], {}, null, true] }, at: "2026-11-30T12:00:00.000Z" },
    });
    const text = await editable(bytes);
    expect(text).toContain('"id": 12345678901234567890,');
    expect(exactJson(text ?? "")).toEqual({
      ...{ id: 12345678901234567890n, text: "né\u2028<", data: "AP8=", people: [{ key: "AQ==" }, {}] },
      ...{ shares: { a: 0.5, __proto__x: 1 }, extra: { n: 9007199254740993n, list: [[], {}, null, true] } },
      at: "2026-11-30T12:00:00.000Z",
    });
    expect(await editedParameters([MODEL], bytes, exactJson(text ?? ""))).toMatchObject({ fit: true });
  });

  it("have the names of positional ones, and keep what the schema does not have, which a check then names", async () => {
    const bytes = activation({ stray: 1 }, [7, "x"]);
    const text = await editable(bytes);
    expect(exactJson(text ?? "")).toEqual({ id: 7, text: "x", stray: 1 });
    const edited = await editedParameters([MODEL], bytes, exactJson(text ?? ""));
    expect(edited).toMatchObject({ fit: false, issues: [{ path: "stray" }] });
  });

  it("are absent while a value is covered, and there for somebody who may see it", async () => {
    const deep = activation({ account: { pin: "1234" } });
    expect(await editable(deep)).toBeUndefined();
    expect(await editable(deep, true)).toContain('"pin": "1234"');
    expect(await editable(activation({ extra: { list: [{ api_key: "x" }] } }))).toBeUndefined();
  });

  it("are absent where JSON would send other values: an extension, bytes that are no text, a number that is none", async () => {
    for (const extra of [new ExtData(5, Uint8Array.of(1)), Uint8Array.of(1), Number.NaN, [Number.POSITIVE_INFINITY]])
      expect(await editable(activation({ extra }))).toBeUndefined();
    expect(await editable(activation({}, [], "things.unknown"))).toBeUndefined();
    expect(await editable(encoded({ parameters: Uint8Array.of(0xc1) }))).toBeUndefined();
    expect(await editable(Uint8Array.of(1, 2, 3))).toBeUndefined();
  });
});

describe("exact JSON as text", () => {
  it("reads back as the same value, whatever that is", () => {
    for (const value of [null, true, 0, -1.5, 2n ** 64n, '\u0000"</script>', [], {}, [[1], { a: { b: [] } }]])
      expect(exactJson(printExactJson(value))).toEqual(value);
  });
});
