import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { bigint, bytes, datetime, json, map, uuid } from "#runtime/activation/parameter/kinds.js";
import { record } from "#runtime/activation/parameter/record.js";

interface Row {
  readonly type: string;
  /** The value as JSON says it. */
  readonly json: unknown;
  /** `{ args: [], kwargs: { v } }` as it travels. */
  readonly hex: string;
}

const schemas: Readonly<Record<string, z.ZodType>> = {
  int: z.int(),
  bigint: bigint(),
  float: z.number(),
  string: z.string(),
  uuid: uuid(),
  bool: z.boolean(),
  bytes: bytes(),
  datetime: datetime(),
  json: json(),
  "int[]": z.array(z.int()),
  "float{}": map(z.number()),
};

const rows: readonly Row[] = JSON.parse(readFileSync(new URL("wire-table.json", import.meta.url), "utf8"));

it.each(rows.map((row) => [row.type, JSON.stringify(row.json), row] as const))(
  "%s %s has its bytes, in both directions",
  async (type, _text, { json: said, hex }) => {
    const schema = schemas[type];
    if (schema === undefined) throw new Error(`the table names no type "${type}"`);
    const parameters = record<{ v: unknown }, { v: unknown }>({ v: schema });
    const value = parameters.fromJson("a.b", { v: said });
    expect(Buffer.from(parameters.write("a.b", value)).toString("hex")).toBe(hex);
    expect(
      await parameters.read("a.b", { bytes: Uint8Array.from(Buffer.from(hex, "hex")), compressed: false }),
    ).toEqual(value);
  },
);

it("covers every scalar of the schema language", () => {
  expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(Object.keys(schemas)));
});
