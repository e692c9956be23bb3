import { Extension } from "../../activation/arguments/read-msgpack.js";
import type { FieldModel, Model, TypeModel } from "../../model/model.js";
import type { ShownValue } from "../documents/content.js";
import type { CoversName } from "./name-patterns.js";
import { cover, shownValue } from "./shown-value.js";

/** Shows values of declared types, and covers the sensitive ones. */
export class ModelValues {
  readonly #model: Model;
  readonly #covers: CoversName;
  readonly #reveal: boolean;
  readonly #covered: Set<string>;

  /** `covers`: names in free JSON and of fields that the schema does not have. `covered` gets the covered texts. */
  constructor(model: Model, covers: CoversName, reveal: boolean, covered: Set<string>) {
    this.#model = model;
    this.#covers = covers;
    this.#reveal = reveal;
    this.#covered = covered;
  }

  field(field: FieldModel, value: unknown): ShownValue {
    if (field.sensitive === true && !this.#reveal) return cover(value, this.#covered);
    return this.#value(field.type, value);
  }

  /** A value without a declared type. */
  undeclared(name: string, value: unknown): ShownValue {
    return this.#covers(name) ? cover(value, this.#covered) : shownValue(value, this.#covers, this.#covered);
  }

  #value(type: TypeModel, value: unknown): ShownValue {
    if (type.kind === "list" && Array.isArray(value)) {
      return value.map((each: unknown) => this.#value(type.element, each));
    }
    if (type.kind === "map" && isFields(value)) {
      return mapped(value, (_, each) => this.#value(type.element, each));
    }
    if (type.kind === "named") {
      const declared = this.#model.types.find(({ name }) => name === type.name);
      if (declared?.kind === "record" && isFields(value)) return this.#record(declared.fields, value);
    }
    return shownValue(value, this.#covers, this.#covered);
  }

  #record(fields: readonly FieldModel[], value: object): ShownValue {
    return mapped(value, (name, each) => {
      const field = fields.find((declared) => isCalled(declared, name));
      return field === undefined ? this.undeclared(name, each) : this.field(field, each);
    });
  }
}

/** Whether a value is sent under this name: the field's own, or a former one. */
export function isCalled(field: FieldModel, name: string): boolean {
  return field.name === name || field.formerly?.includes(name) === true;
}

/** Whether one of the fields, or of those within them, is sensitive. */
export function hasSensitive(
  model: Model,
  fields: readonly FieldModel[],
  within: ReadonlySet<string> = new Set(),
): boolean {
  return fields.some(({ sensitive, type }) => {
    if (sensitive === true) return true;
    const name = recordOf(type);
    if (name === undefined || within.has(name)) return false;
    const declared = model.types.find((each) => each.name === name);
    return declared?.kind === "record" && hasSensitive(model, declared.fields, new Set([...within, name]));
  });
}

/** The named type of a value, or of the elements of a list or map. */
function recordOf(type: TypeModel): string | undefined {
  if (type.kind === "list" || type.kind === "map") return recordOf(type.element);
  return type.kind === "named" ? type.name : undefined;
}

/** The type as the schema writes it. */
export function typeText(type: TypeModel): string {
  switch (type.kind) {
    case "list":
      return `${typeText(type.element)}[]`;
    case "map":
      return `${typeText(type.element)}{}`;
    case "named":
      return type.name;
    default:
      return type.kind;
  }
}

function mapped(value: object, show: (name: string, each: unknown) => ShownValue): ShownValue {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, show(name, each)]));
}

export function isFields(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !(value instanceof Extension)
  );
}
