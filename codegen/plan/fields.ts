import type { FieldModel, TypeModel } from "taskwire/model";
import type { ImportPlan, InterfaceData, PropertyData } from "./file-plan.js";
import { type DocData, taggedDocOf } from "./text/comment.js";
import { fieldSchema } from "./text/schema-text.js";
import type { NameScope } from "./text/scope.js";
import { fieldText, namedIn, type Side } from "./text/type-text.js";
import { valueText } from "./text/value-text.js";

export function interfaceOf(
  name: string,
  doc: DocData,
  fields: readonly FieldModel[],
  side: Side,
  scope: NameScope,
): InterfaceData {
  return {
    name,
    doc,
    sameAs: "",
    fields: fields.map((field) => ({ doc: fieldDoc(field, side, scope), text: fieldText(field, side, scope) })),
  };
}

/** Whether a reader sees no difference but the name: one of them is then an alias. */
export function sameFields(one: InterfaceData, other: InterfaceData): boolean {
  return JSON.stringify(one.fields) === JSON.stringify(other.fields);
}

function fieldDoc(field: FieldModel, side: Side, scope: NameScope): DocData {
  const given =
    side === "input" && field.default !== undefined
      ? `Default: ${valueText(field.type, field.default, scope)}.`
      : undefined;
  // A handler must read a deprecated parameter for as long as callers may pass it.
  const deprecated = side === "input" ? field.deprecated : undefined;
  const covered = field.sensitive === true ? "Sensitive: operators see it covered." : undefined;
  return taggedDocOf({ deprecated }, field.description, given, covered);
}

export function schemasOf(fields: readonly FieldModel[], scope: NameScope): readonly PropertyData[] {
  return fields.map((field) => ({ name: field.name, value: fieldSchema(field, scope) }));
}

/** What a namespace's file needs from types.ts. Undefined: nothing. */
export function importOfTypes(types: readonly TypeModel[], module: string, scope: NameScope): ImportPlan | undefined {
  const used = [...new Set(types.flatMap(namedIn))].sort();
  if (used.length === 0) return undefined;
  const names = used.flatMap((name) => {
    const { output, input, schema } = scope.names(name);
    const typed = [...new Set([output, input])].map((type) => ({ name: type, typeOnly: true }));
    return [...typed, { name: schema, typeOnly: false }];
  });
  return { module, names };
}
