import { Encoder, ExtData } from "@msgpack/msgpack";
import type { FieldModel, Model } from "taskwire/model";
import { describe, expect, it } from "vitest";
import type { Activation } from "#runtime/activation/activation.js";
import { compress } from "#runtime/activation/encoding/zstd.js";
import { positioned, withPositions } from "#runtime/operations/filter/by-model.js";
import { parseFilter } from "#runtime/operations/filter/parse.js";
import { printFilter } from "#runtime/operations/filter/print.js";
import { type ContentOptions, readContent } from "#runtime/operations/redaction/content.js";
import { coveringNames } from "#runtime/operations/redaction/name-patterns.js";
import { encoded } from "../../support/harness/broker-harness.js";

const encoder = new Encoder({ useBigInt64: true });

function field(name: string, change: Partial<FieldModel> = {}): FieldModel {
  return { name, type: { kind: "string" }, optional: false, nullable: false, ...change };
}

const MODEL: Model = {
  taskwire: 1,
  application: "app",
  hash: "00",
  types: [
    {
      kind: "record",
      name: "Person",
      fields: [field("name"), field("ssn", { sensitive: true, formerly: ["social"] })],
    },
  ],
  namespaces: [
    {
      name: "things",
      tasks: [
        {
          key: "quick",
          name: "things.quick",
          hash: "1",
          processingDeadline: 30_000,
          atMostOnce: false,
          compression: "auto",
          parameters: [
            field("id", { type: { kind: "bigint" } }),
            field("people", { type: { kind: "list", element: { kind: "named", name: "Person" } } }),
            field("pin", { sensitive: true, formerly: ["code"] }),
            field("extra", { type: { kind: "json" }, optional: true }),
          ],
        },
      ],
    },
  ],
  environments: [],
};

const OPTIONS: ContentOptions = { models: [MODEL], reveal: false, large: false };
const COVERED = { $covered: true };

/** What an activation with these arguments holds. */
async function read(
  kwargs: object,
  {
    args = [],
    options = {},
    ...change
  }: Partial<Activation> & { args?: unknown[]; options?: Partial<ContentOptions> } = {},
) {
  const bytes = encoded({ parameters: encoder.encode({ args, kwargs }), ...change });
  return readContent(bytes, { ...OPTIONS, ...options });
}

describe("the content of an activation", () => {
  it("has parameters by name and type, in the order of the schema, with sensitive values covered at any depth", async () => {
    const kwargs = {
      code: "1234",
      people: [{ name: "Ann", social: "078-05-1120", nick: "A", password: "x" }],
      id: 2n ** 60n,
      note: "?",
      api_key: "k",
    };
    const { content } = await read(kwargs);
    const people = [{ name: "Ann", social: COVERED, nick: "A", password: COVERED }];
    expect(content.parameters).toEqual({
      kind: "named",
      parameters: [
        { name: "id", type: "bigint", value: String(2n ** 60n), absent: false, covered: false },
        { name: "people", type: "Person[]", value: people, absent: false, covered: false },
        { name: "pin", type: "string", value: COVERED, absent: false, covered: true },
        { name: "extra", type: "json", value: null, absent: true, covered: false },
        { name: "note", type: null, value: "?", absent: false, covered: false },
        { name: "api_key", type: null, value: COVERED, absent: false, covered: true },
      ],
    });
    const revealed = await read(kwargs, { options: { reveal: true } });
    expect(JSON.stringify(revealed.content)).not.toContain("$covered");
    expect(JSON.stringify(revealed.content)).toContain("078-05-1120");
  });

  it("binds positional arguments to names, and covers by name within free JSON", async () => {
    const { content } = await read({ extra: { deep: [{ access_token: "t", ok: 1 }] } }, { args: [5, [], "0000"] });
    expect(content.parameters).toMatchObject({
      parameters: [
        { name: "id", value: 5 },
        { name: "people", value: [] },
        { name: "pin", value: COVERED },
        { name: "extra", value: { deep: [{ access_token: COVERED, ok: 1 }] } },
      ],
    });
    const many = await read({}, { args: [1, [], "", null, "more"] });
    expect(many.content.parameters).toMatchObject({
      parameters: { 4: { name: "args[4]", type: null, value: "more" } },
    });
  });

  it("is shown as it was sent when no model has the task, covered by names alone", async () => {
    const kwargs = {
      userPassword: "x",
      "X-Api-Key": [1],
      bytes: new Uint8Array(2000),
      ext: new ExtData(3, Uint8Array.of(9)),
    };
    for (const change of [{ task: "things.other" }, { application: "another" }]) {
      const { content } = await read(kwargs, { args: [Number.NaN, 2 ** 70, -1], ...change });
      expect(content.parameters).toEqual({
        kind: "unnamed",
        args: ["NaN", String(2 ** 70), -1],
        kwargs: {
          userPassword: COVERED,
          "X-Api-Key": COVERED,
          bytes: { $bytes: "00".repeat(1024), length: 2000 },
          ext: { $ext: 3, $bytes: "09", length: 1 },
        },
      });
    }
    const without = await read({ pin: "1" }, { application: "" });
    expect(without.content.parameters).toMatchObject({ kind: "named" });
  });

  it("has its headers, of which those with names of secrets are covered, and further names as configured", async () => {
    const headers = new Map([
      ["Authorization", "Bearer x"],
      ["trace", "1"],
      ["customer", "c"],
    ]);
    expect((await read({}, { headers })).content.headers).toEqual({
      Authorization: COVERED,
      trace: "1",
      customer: "c",
    });
    const more = await read({}, { headers, options: { covers: coveringNames(["Customer"]) } });
    expect(more.content.headers).toEqual({ Authorization: COVERED, trace: "1", customer: COVERED });
  });

  it("opens compressed parameters up to 1 MiB, and larger ones when that is asked for", async () => {
    const pack = async (size: number) => {
      const text = Array.from({ length: size / 8 }, (_, index) => String(index).padStart(8, "0")).join("");
      const parameters = await compress(encoder.encode({ args: [], kwargs: { extra: text } }));
      if (parameters === undefined) throw new Error("it is compressed too well");
      return { parameters, headers: new Map([["compression-type", "zstd"]]) };
    };
    const small = await read({}, await pack(500_000));
    expect(small.content.parameters).toMatchObject({ kind: "named" });
    const large = await pack(2_000_000);
    const closed = await read({}, large);
    expect(closed.content.parameters).toEqual({ kind: "large", bytes: expect.any(Number) });
    expect((await read({}, { ...large, options: { large: true } })).content.parameters).toMatchObject({
      kind: "named",
    });
  });

  it("that is not readable is shown as the first KiB in hex, with what is wrong", async () => {
    const raw = await readContent(Buffer.from("not an activation"), OPTIONS);
    expect(raw.content).toEqual({
      headers: {},
      parameters: {
        kind: "unreadable",
        problem: "the bytes are not a TaskActivation",
        hex: Buffer.from("not an activation").toString("hex"),
        bytes: 17,
      },
    });
    for (const parameters of [Uint8Array.of(0xc1), encoder.encode([1]), encoder.encode({ args: 1 })]) {
      const { content } = await read({}, { parameters });
      expect(content.parameters).toMatchObject({ kind: "unreadable", bytes: parameters.length, hex: null });
      const others = [
        await read({}, { parameters, options: { models: [] } }),
        await read({}, { parameters, options: { reveal: true } }),
      ];
      const hex = Buffer.from(parameters).toString("hex");
      expect(others.map(({ content }) => content.parameters)).toMatchObject([{ hex }, { hex }]);
    }
    const damaged = await read({}, { headers: new Map([["compression-type", "zstd"]]) });
    expect(damaged.content.parameters).toMatchObject({ kind: "unreadable", problem: "bytes that are no zstd frame" });
  });

  it("of older producers is read from its JSON, with large integers as they are", async () => {
    const legacyParameters = `{"args": [${2n ** 60n}], "kwargs": {"pin": "12345678"}}`;
    const { content } = await read({}, { parameters: new Uint8Array(0), legacyParameters });
    expect(content.parameters).toMatchObject({
      parameters: { 0: { name: "id", value: String(2n ** 60n) }, 2: { name: "pin", value: COVERED } },
    });
    const broken = await read({}, { parameters: new Uint8Array(0), legacyParameters: "{", task: "things.other" });
    expect(broken.content.parameters).toMatchObject({ kind: "unreadable", hex: "7b" });
  });

  it("covers its sensitive values in messages of errors, from eight characters on", async () => {
    const people = [{ name: "Ann", ssn: "078-05-1120" }];
    const { coverIn } = await read({ pin: "1234", people, token: ["078-05-1120-9"] });
    expect(coverIn("no person 078-05-1120 with pin 1234, token 078-05-1120-9")).toBe(
      "no person [covered] with pin 1234, token [covered]",
    );
  });
});

describe("a filter by parameters of the model", () => {
  const positions = (q: string) => printFilter(withPositions(parseFilter(q, "activations"), [MODEL]));

  it("gets the position of a named parameter, if the tasks that match agree", () => {
    expect(positions("args.id=5 state:pending")).toBe("args.0/id=5 state:pending");
    expect(positions("task:things.* args.extra=5")).toBe("task:things.* args.3/extra=5");
    expect(positions("task:other args.id=5 args.7=1")).toBe("task:other args.id=5 args.7=1");
  });

  it("on a sensitive parameter is refused, by name, former name or position", () => {
    for (const q of ["args.pin=1", "args.code=1", "args.2=1", "args.2/x=1", "task:things.quick args.pin=1"]) {
      expect(() => positions(q), q).toThrow("the parameter is sensitive");
    }
  });

  it("whose name says that it is secret is refused, unless the model describes it", () => {
    for (const q of ["args.password=1", "task:other args.apiKey=1", 'args."x-api-key"=1', "args.9/token=1"]) {
      expect(() => positions(q), q).toThrow("its name says that it is secret");
    }
  });

  it("narrows dead letters as it narrows activations", () => {
    expect(positioned("args.id=5 fp:9c", "letters", [MODEL])).toBe("args.0/id=5 fp:9c");
    expect(() => positioned("args.pin=1", "letters", [MODEL])).toThrow("the parameter is sensitive");
    expect(() => positioned("args.id=5", "ends", [MODEL])).toThrow("not ends");
  });
});
