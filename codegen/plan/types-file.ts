import type { Model, NamedType } from "taskwire/model";
import { below } from "../language/index.js";
import { typeNames } from "../naming.js";
import { interfaceOf, sameFields, schemasOf } from "./fields.js";
import type { FilePlan, TypesData } from "./file-plan.js";
import { type PlanOptions, seen } from "./options.js";
import { taggedDocOf } from "./text/comment.js";
import { fits, literalLines, textLiteral } from "./text/literal.js";
import type { NameScope } from "./text/scope.js";

export function planTypes(model: Model, scope: NameScope, options: PlanOptions): FilePlan {
  return {
    path: "types.ts",
    source: options.source,
    imports: model.types.length === 0 ? [] : [{ module: "taskwire/generated" }],
    template: "types",
    data: {
      empty: model.types.length === 0,
      enums: model.types.flatMap((type) => (type.kind === "enum" ? [enumData(type, options)] : [])),
      records: model.types.flatMap((type) => (type.kind === "record" ? [recordData(type, scope, options)] : [])),
    },
  };
}

type OfKind<K extends NamedType["kind"]> = Extract<NamedType, { readonly kind: K }>;

function enumData(type: OfKind<"enum">, options: PlanOptions): TypesData["enums"][number] {
  const { output, schema } = typeNames(type.name, "enum");
  const members = type.values.map(textLiteral);
  const union = ` ${members.join(" | ")}`;
  return {
    name: output,
    doc: taggedDocOf({ see: seen(below("types", type.name), "", options) }, type.description),
    union: fits(`export type ${output} =${union};`.length) ? union : members.map((one) => `\n  | ${one}`).join(""),
    schema,
    values: literalLines(type.values, "  $.z.enum(".length + 1, 2).join("\n  "),
  };
}

function recordData(type: OfKind<"record">, scope: NameScope, options: PlanOptions): TypesData["records"][number] {
  const { output, input, schema } = typeNames(type.name, "record");
  const tags = { see: seen(below("types", type.name), "", options) };
  const { description, fields } = type;
  const passed = interfaceOf(input, taggedDocOf(tags, description, "As a caller passes it."), fields, "input", scope);
  const received = interfaceOf(
    output,
    taggedDocOf(tags, description, "As a handler receives it."),
    fields,
    "output",
    scope,
  );
  return {
    interfaces: sameFields(passed, received)
      ? [
          { ...received, doc: taggedDocOf(tags, description) },
          { ...passed, doc: taggedDocOf({}, `${output}, as a caller passes it.`), sameAs: output },
        ]
      : [passed, received],
    name: output,
    input,
    schema,
    fields: schemasOf(fields, scope),
  };
}
