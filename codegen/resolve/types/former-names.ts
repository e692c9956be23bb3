import type { Entry, FieldSpec } from "../../language/index.js";
import { FIELD_NAME } from "../../language/names.js";
import { formatPlace, type Problems } from "../../problem/problem.js";
import { quoted } from "../../read/node.js";

/** Reports former names that another parameter or field has or had: a worker could not tell whose value it is. */
export function checkFormerNames(entries: readonly Entry<FieldSpec>[], problems: Problems): void {
  const owners = new Map(entries.map((entry) => [entry.key, entry.keyPlace]));
  for (const { value } of entries) {
    if (value.kind === "scalar") continue;
    for (const former of value.value.formerly?.value ?? []) {
      const owner = owners.get(former.value);
      if (owner === undefined && !FIELD_NAME.refused.includes(former.value)) {
        owners.set(former.value, former.place);
        continue;
      }
      const name = quoted(former.value);
      const reserved = owner === undefined;
      problems.add(former.place, {
        code: "bad_former_name",
        path: former.path,
        expected: "a name that no other one of the same list has or had",
        got: name,
        sentence: reserved ? `${name} is reserved` : `another entry of this list has or had the name ${name}`,
        hint: reserved ? "choose another name" : `the first is at ${formatPlace(owner)}`,
      });
    }
  }
}
