import type { Entry } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { quoted } from "../../read/node.js";

/** A text that may hold ${NAME} and ${NAME:-default}: kept as it is, read when a process connects. */
export function variableText(entry: Entry<string>, problems: Problems): string {
  const rest = entry.value.replace(/\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}/g, "");
  if (rest.includes("${")) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
    const expected = "variables of the form ${NAME} or ${NAME:-default}";
    problems.add(entry.place, { code: "bad_variable", path: entry.path, expected, got: quoted(entry.value) });
  }
  return entry.value;
}
