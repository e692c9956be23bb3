import type { NamedType } from "taskwire/model";
import { compareFields } from "./fields.js";
import { Report } from "./report.js";
import type { TypePair } from "./types.js";

/** Records and enums by name. A change is one finding, however many parameters use the type. */
export function compareNamedTypes(types: TypePair, report: Report): void {
  for (const was of types.before.values()) {
    const path = ["types", was.name];
    const is = types.after.get(was.name);
    if (is === undefined) report.add("type_removed", path, `was ${WORDS[was.kind]}, is gone`);
    else if (types.isCarried(was.name)) compareType(was, is, types, report);
    else {
      const unused = new Report();
      compareType(was, is, types, unused);
      if (unused.changes().some(({ level }) => level !== "NOTE"))
        report.add("type_unused_changed", path, "has changed");
    }
  }
}

const WORDS = { record: "a record", enum: "an enum" } as const;

function compareType(was: NamedType, is: NamedType, types: TypePair, report: Report): void {
  const path = ["types", was.name];
  if (was.kind === "record" && is.kind === "record") {
    const parts = { kind: "field", path: [...path, "fields"], before: was.fields, after: is.fields } as const;
    compareFields(parts, types, report);
  } else if (was.kind === "enum" && is.kind === "enum") {
    const values = [...path, "values"];
    for (const value of was.values)
      if (!is.values.includes(value)) report.add("enum_value_removed", values, `"${value}" is gone`);
    for (const value of is.values)
      if (!was.values.includes(value)) report.add("enum_value_added", values, `"${value}" is new`);
  } else report.add("type_kind_changed", path, `was ${WORDS[was.kind]}, is ${WORDS[is.kind]}`);
}
