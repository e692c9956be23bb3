import { isDeepStrictEqual } from "node:util";
import type { FieldModel, Model, NamedType, TypeModel } from "taskwire/model";

/** The named types of both models, and which of them tasks carry. */
export class TypePair {
  readonly before: ReadonlyMap<string, NamedType>;
  readonly after: ReadonlyMap<string, NamedType>;
  readonly #carried: ReadonlySet<string>;

  constructor(before: Model, after: Model) {
    this.before = byName(before);
    this.after = byName(after);
    this.#carried = new Set([...carriedBy(before, this.before), ...carriedBy(after, this.after)]);
  }

  /** Whether a parameter of some task, of either model, has it, be it inside of another type. */
  isCarried(name: string): boolean {
    return this.#carried.has(name);
  }

  /** Whether two types take the same values: names of records and enums do not travel. */
  same(before: TypeModel, after: TypeModel): boolean {
    return isDeepStrictEqual(shape(before, this.before), shape(after, this.after));
  }
}

function byName({ types }: Model): ReadonlyMap<string, NamedType> {
  return new Map(types.map((type) => [type.name, type]));
}

function carriedBy(model: Model, named: ReadonlyMap<string, NamedType>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (type: TypeModel): void => {
    if (type.kind === "list" || type.kind === "map") visit(type.element);
    if (type.kind !== "named" || found.has(type.name)) return;
    found.add(type.name);
    const record = named.get(type.name);
    if (record?.kind === "record") for (const field of record.fields) visit(field.type);
  };
  for (const { tasks } of model.namespaces)
    for (const { parameters } of tasks) for (const { type } of parameters) visit(type);
  return found;
}

function shape(type: TypeModel, named: ReadonlyMap<string, NamedType>): unknown {
  if (type.kind === "list" || type.kind === "map") return { ...type, element: shape(type.element, named) };
  if (type.kind !== "named") return type;
  const found = named.get(type.name);
  if (found === undefined) return type;
  if (found.kind === "enum") return { kind: "enum", values: [...found.values].sort() };
  return {
    kind: "record",
    fields: Object.fromEntries(found.fields.map((field) => [field.name, fieldShape(field, named)])),
  };
}

function fieldShape({ type, optional, nullable, default: given }: FieldModel, named: ReadonlyMap<string, NamedType>) {
  return { type: shape(type, named), optional, nullable, given };
}

/** As it is written in the schema, without constraints: `int[]`, `Level{}`. */
export function typeText(type: TypeModel): string {
  if (type.kind === "list") return `${typeText(type.element)}[]`;
  if (type.kind === "map") return `${typeText(type.element)}{}`;
  return type.kind === "named" ? type.name : type.kind;
}

/** What may follow what: the values of the first are values of the second. */
type Widening = "relaxed" | "widened";

/** TypeScript sees no difference in a relaxed one. */
const WIDENINGS: Readonly<Record<string, Widening>> = {
  "int float": "relaxed",
  "uuid string": "relaxed",
  "int bigint": "widened",
  "datetime string": "widened",
  "enum string": "widened",
  "int json": "widened",
  "float json": "widened",
  "string json": "widened",
  "bool json": "widened",
  "uuid json": "widened",
  "datetime json": "widened",
  "enum json": "widened",
};

/**
 * Undefined: the second refuses values of the first. Bounds of the second count as refusals, but not where both are
 * numbers: those are left to be compared.
 */
export function widening(before: TypeModel, after: TypeModel, types: TypePair): Widening | undefined {
  const kindOf = (type: TypeModel, named: ReadonlyMap<string, NamedType>) =>
    type.kind === "named" ? (named.get(type.name)?.kind ?? "named") : type.kind;
  const found = WIDENINGS[`${kindOf(before, types.before)} ${kindOf(after, types.after)}`];
  const numbers = before.kind === "int" && (after.kind === "float" || after.kind === "bigint");
  return Object.keys(after).length > 1 && !numbers ? undefined : found;
}
