import { PROBLEM_KINDS } from "../../problem/kinds.js";
import { jsonSchema } from "./json-schema.js";
import { reference, table } from "./reference.js";

/** The files printed from the language, by path below the repository's root. */
export function printed(): ReadonlyMap<string, string> {
  return new Map([
    ["codegen/taskwire.schema.json", `${JSON.stringify(jsonSchema(), null, 2)}\n`],
    ["docs/reference/schema.md", reference()],
    ["docs/reference/problems.md", problems()],
  ]);
}

const HEAD = `# Problems of a schema

Printed by \`node codegen/language/print.mjs\` from \`codegen/problem/kinds.ts\`.

\`taskwire codegen\` reads the whole schema and reports every problem, sorted by place; it writes nothing if there is one. A line is
\`file:line:col: key path: what is wrong; hint\`. \`--format frame\` adds the line of the file, \`--format json\` gives a
list of \`{ file, line, column, code, message, path, expected, got, hint }\`. Codes never change their meaning.

"Editor": whether an editor with \`taskwire.schema.json\` marks it while you write. An editor cannot check one part of the schema
against another; it marks YAML's own problems without a schema.

`;

function problems(): string {
  const rows = Object.entries(PROBLEM_KINDS).map(([code, { meaning, hint, editor }]) => {
    const own = code.startsWith("yaml_") || code === "duplicate_key";
    return [`\`${code}\``, meaning, hint, editor ? "yes" : own ? "as YAML" : "no"];
  });
  return `${HEAD}${table(["code", "what is wrong", "what to do", "editor"], rows)}\n`;
}
