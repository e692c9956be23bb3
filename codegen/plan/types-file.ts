import type { Model } from "taskwire/model";
import { typeNames } from "../naming.js";
import { docOf } from "./comment.js";
import { interfaceOf, schemasOf } from "./fields.js";
import type { FilePlan } from "./file-plan.js";
import { literal, textLiteral } from "./literal.js";
import type { NameScope } from "./scope.js";

export function planTypes(model: Model, source: string, scope: NameScope): FilePlan {
  return {
    path: "types.ts",
    source,
    imports: model.types.length === 0 ? [] : [{ module: "taskwire/generated" }],
    template: "types",
    data: {
      empty: model.types.length === 0,
      enums: model.types.flatMap((type) => {
        if (type.kind !== "enum") return [];
        const { output, schema } = typeNames(type.name, "enum");
        const union = type.values.map(textLiteral).join(" | ");
        return [{ name: output, doc: docOf(type.description), union, schema, values: literal(type.values) }];
      }),
      records: model.types.flatMap((type) => {
        if (type.kind !== "record") return [];
        const { output, input, schema } = typeNames(type.name, "record");
        const interfaces = [
          interfaceOf(input, docOf(type.description, "As a caller gives it."), type.fields, "input", scope),
          interfaceOf(output, docOf(type.description, "As a handler gets it."), type.fields, "output", scope),
        ];
        return [{ interfaces, name: output, input, schema, fields: schemasOf(type.fields, scope) }];
      }),
    },
  };
}
