import * as names from "../names.js";
import { SCHEMA_FILE } from "../schema.js";
import type { Form, NameRule } from "../shapes/shape.js";
import { CONSTRAINTS_OF, SCALAR_TYPES, SCALARS } from "../shapes/type-text.js";

type MappingForm = Extract<Form, { kind: "mapping" }>;

/** docs/reference/schema.md: every key of the language, and the rules. */
export function reference(): string {
  const { form } = SCHEMA_FILE;
  if (form.kind !== "mapping") throw new TypeError("a schema file is a mapping");
  const sections = mappingsIn(form).map(sectionOf);
  return `${[INTRODUCTION, ...sections, typeSection(), NAMES_HEAD + namesTable(), VALUES, RULES, YAML].join("\n\n")}\n`;
}

const INTRODUCTION = `# The schema, key by key

Printed by \`node codegen/language/print.mjs\` from \`codegen/language/\`, the definitions that the validator uses.

A schema is a folder of YAML files (\`**/*.yaml\`, \`*.yml\`). Every file has \`taskwire: 1\`, exactly one
has \`application\`, and each namespace is in one file. \`npx taskwire codegen\` reports every problem at
once, each with its place and what to do; [problems.md](problems.md) lists their codes. With this first line an editor completes
and checks while you write:

\`\`\`yaml
# yaml-language-server: $schema=node_modules/@taskwire/codegen/taskwire.schema.json
taskwire: 1
\`\`\`

Keys in **bold** are required. Keys that are not listed here are rejected.`;

const NAMES_HEAD = `## Names

Dots, hyphens and underscores are dropped in code: \`ingest.errors\` becomes \`ingestErrors\` in \`namespaces/ingest-errors.ts\`. Names that
become equal, or differ only in case, are rejected; reserved words get a trailing \`_\`.

`;

const VALUES = `## Values

- A **duration** is a number with \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`: \`10s\`, \`1.5h\`; a bare number is seconds. The wire
  carries whole seconds: \`500ms\` is an error there and is not rounded.
- A **size** is a whole number with \`KiB\`, \`MiB\`, \`GiB\` or \`TiB\`.
- A **variable** is \`\${NAME}\` or \`\${NAME:-default}\`, in file names, broker addresses, user names and passwords of
  \`environments\`. Codegen keeps it unchanged; a process reads it when it connects and reports all missing ones together.
  Everywhere else these characters are literal.`;

const RULES = `## Rules

- A task's own key overrides its namespace's, which overrides the application's \`defaults\`, which override the built-in ones:
  no retry, a dead letter on failure, no delay, no expiry, 30 s to run. An inline policy replaces the inherited one; the two are
  never merged. \`expires: never\` and \`retry: { times: 1 }\` undo inherited values. \`defaults\` apply to the application's
  own namespaces only, not to \`external\` ones.
- With \`name_prefix: shop.billing.\` a task \`charge\` is \`shop.billing.charge\` on the wire; nothing is added between the two.
- A namespace with \`environments\` is only in those: elsewhere it needs no route and no topic, its schedules do not
  run, and \`.delay()\` throws \`AbsentNamespaceError\` (\`namespace_absent\`) and sends nothing. A topic belongs to
  the environments that declare it; \`enabled: [saas]\` limits a schedule.
- \`owner\` and \`labels\` do not affect the wire: change them at any time.
- \`times\` counts runs that ended while their worker was alive. An \`at_most_once\` task inherits no policy, and its own must have
  \`times: 1\`.
- An error name matches the class names on an error's prototype chain, its \`name\`, and those of its \`cause\`; \`ignore\` overrides
  \`on\`. Parameter errors are never retried.
- \`formerly\` makes a rename safe: workers accept activations under former wire names, and read a parameter's former name where
  the present one is absent. Producers write only present names, so deploy workers first.
- An \`external\` namespace gets clients and no handlers; its activations carry the other application's name. It needs
  routes like any other.
- The records of a \`raw\` namespace's topic are bytes. It has one task with one parameter of type \`bytes\`, no schedule, and a
  topic that no other namespace is routed to. The record's key is the header \`taskwire-key\`; a record without a value (a
  tombstone) becomes zero bytes and the header \`taskwire-tombstone\`.
- Every namespace has a route in every environment that has it, by its full name or by \`"*"\`. A topic is in at most one pool. In
  an environment that declares pools, every routed topic is in one; only topics used by \`external\` namespaces alone may be left
  to the other application. Without \`pools\` there is one, \`default\`, with all topics except those for dead letters.
- Topics for dead letters and retries are on the topic's own cluster and need no declaration. An undeclared topic for dead
  letters has one partition; an undeclared topic for retries has as many as its topic and is read by the same pool. No pool may
  read a topic for dead letters, or they would run again.
- A task's deadline is at most the \`max_processing_deadline\` of its pool.
- A cron expression has five fields of numbers, names, \`*\`, ranges, steps and lists; if both day fields are restricted, it
  matches when either does. Runs by \`every\` are at multiples of the period since 1970-01-01T00:00Z. Parameters of a schedule are
  written like defaults; all required ones must be present.`;

const YAML = `## YAML

Core schema 1.2: \`yes\` and \`on\` are strings. Rejected: directives, tags, merge keys, several documents in a file, keys
that are not strings. Aliases work and may add up to 10,000 values. Quote strings that start with a star (\`"*/10 * * * *"\`, \`"*"\`),
types with brackets inside braces (\`{ ids: "int[]" }\`), variables inside brackets (\`["\${KAFKA}"]\`), and keys that look like
numbers or booleans. A file is at most 1 MiB.`;

/** The mapping and those below it, each once, in order of appearance. */
function mappingsIn(form: Form): readonly MappingForm[] {
  const found = new Set<MappingForm>();
  const visit = (form: Form): void => {
    if (form.kind === "mapping") {
      if (found.has(form)) return;
      found.add(form);
      for (const key of Object.values(form.keys)) visit(key.form);
    } else if (form.kind === "map") visit(form.value);
    else if (form.kind === "list") visit(form.element);
    else if (form.kind === "either") for (const one of [form.scalar, form.structure]) visit(one);
  };
  visit(form);
  return [...found];
}

function titleOf({ what }: MappingForm): string {
  const name = what.replace(/^an? /, "");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function linkTo(form: MappingForm): string {
  return `[${form.what}](#${titleOf(form).toLowerCase().replaceAll(" ", "-")})`;
}

function sectionOf(form: MappingForm): string {
  const rows = Object.entries(form.keys).map(([name, { form: value, meaning, required }]) => [
    required ? `**\`${name}\`**` : `\`${name}\``,
    textOf(value),
    meaning,
  ]);
  const one = form.exactlyOne.map((name) => `\`${name}\``).join(", ");
  const rule = one === "" ? "" : `\n\nExactly one of ${one}.`;
  return `## ${titleOf(form)}${rule}\n\n${table(["key", "value", "meaning"], rows)}`;
}

/** A form in words, for a cell. */
function textOf(form: Form): string {
  switch (form.kind) {
    case "text":
      return form.pattern === undefined ? form.what : `${form.what}: \`${form.pattern}\``;
    case "type":
      return "[a type](#types)";
    case "choice":
      return form.values.map((value) => `\`${value}\``).join(", ");
    case "integer":
      return bounded("a whole number", form);
    case "number":
      return bounded("a number", form);
    case "boolean":
      return "`true`, `false`";
    case "duration":
      return `a duration${form.positive ? " above zero" : ""}${form.fractions ? "" : ", whole seconds"}`;
    case "size":
      return "a size";
    case "anything":
      return "any value of the type";
    case "values":
      return "a value for each parameter's name";
    case "list":
      return form.element.kind === "mapping" || form.element.kind === "text" ? `a list of ${form.what}` : "a list";
    case "map":
      return `a mapping from [${form.names.what}](#names) to ${textOf(form.value)}${form.most === undefined ? "" : `, at most ${form.most}`}`;
    case "mapping":
      return linkTo(form);
    case "either":
      return `${textOf(form.scalar)}, or ${textOf(form.structure)}`;
    case "word_or":
      return `${textOf(form.word)}, or ${textOf(form.other)}`;
  }
}

function bounded(kind: string, { min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  return max === undefined ? kind : `${kind} of at most ${max}`;
}

function typeSection(): string {
  const rows = SCALARS.map((name) => [
    `\`${name}\``,
    SCALAR_TYPES[name],
    (CONSTRAINTS_OF[name] ?? []).map((key) => `\`${key}\``).join(", ") || "none",
  ]);
  return `## Types

A type is a scalar type or the name of an entry of \`types\`: a record (\`fields\`), an enum (\`values\`) or a scalar with
constraints (\`type\`). Append \`[]\` for a list of it and \`{}\` for a map from strings to it, as often as needed, and \`?\` at the
end if it may be left out. Elements are never optional; \`nullable: true\` lets a parameter or field be null. Records cannot
contain themselves, and there are no unions: \`json\` takes any value, so an id that is \`int | string\` elsewhere is \`json\`
here, and its handler checks the value.

${table(["type", "values", "constraints"], rows)}

A list takes ${(CONSTRAINTS_OF.list ?? []).map((key) => `\`${key}\``).join(" and ")}, which count its elements. The
length of a string counts UTF-16 units, that of bytes counts bytes. A \`pattern\` is a JavaScript regular expression with flag u;
it may match anywhere in the string. A default is a value of the type; a parameter with a default may be left out.`;
}

const RULES_OF_NAMES: readonly NameRule[] = [
  names.NAMESPACE_NAME,
  names.TASK_NAME,
  names.FIELD_NAME,
  names.TYPE_NAME,
  names.POLICY_NAME,
  names.PLACE_NAME,
  names.TOPIC_NAME,
  names.APPLICATION_KEY,
  names.ROUTE_NAME,
  names.LABEL_NAME,
];

function namesTable(): string {
  const rows = RULES_OF_NAMES.map(({ what, words, pattern, refused }) => [
    what,
    words,
    `\`${pattern}\``,
    refused.map((name) => `\`${name}\``).join(", ") || "none",
  ]);
  return table(["name", "in words", "as a pattern", "reserved"], rows);
}

/** Bars inside a cell would end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
