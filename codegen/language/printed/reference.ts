import * as names from "../names.js";
import { SCHEMA_FILE } from "../schema.js";
import type { Form, NameRule } from "../shapes/shape.js";
import { CONSTRAINTS_OF, SCALAR_TYPES, SCALARS } from "../shapes/type-text.js";

type MappingForm = Extract<Form, { kind: "mapping" }>;

/** docs/reference/schema.md: every key of the language, with what else there is to know. */
export function reference(): string {
  const { form } = SCHEMA_FILE;
  if (form.kind !== "mapping") throw new TypeError("a schema file is a mapping");
  const sections = mappingsIn(form).map(sectionOf);
  return `${[INTRODUCTION, ...sections, typeSection(), NAMES_HEAD + namesTable(), VALUES, RULES, YAML].join("\n\n")}\n`;
}

const INTRODUCTION = `# The schema, key by key

Printed by \`node codegen/language/print.mjs\` from \`codegen/language/\`, which the validator reads by, too.

A schema is a folder of YAML files (\`**/*.yaml\`, \`*.yml\`). Every file says \`taskwire: 1\`, one of them says \`application\`,
and a namespace lives in one file. \`npx taskwire codegen\` reports every problem at once, each with its place and what to do;
[problems.md](problems.md) lists their codes. With this first line an editor completes and checks while you write:

\`\`\`yaml
# yaml-language-server: $schema=node_modules/@taskwire/codegen/taskwire.schema.json
taskwire: 1
\`\`\`

Keys in **bold** are required. Keys that are not listed here are rejected.`;

const NAMES_HEAD = `## Names

Dots, hyphens and underscores are dropped in code: \`ingest.errors\` becomes \`ingestErrors\` in \`namespaces/ingest-errors.ts\`. Names that
become the same, or differ by case alone, are refused; reserved words get a \`_\` behind them.

`;

const VALUES = `## Values

- A **duration** is a number with \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`: \`10s\`, \`1.5h\`; a bare number is seconds. What travels on the wire is
  whole seconds: \`500ms\` is an error there, not a rounding.
- A **size** is a whole number with \`KiB\`, \`MiB\`, \`GiB\` or \`TiB\`.
- A **variable** is \`\${NAME}\` or \`\${NAME:-default}\`, in file names, broker addresses, user names and passwords of
  \`environments\`. Codegen keeps it as it stands; a process reads it when it connects, and names all missing ones together.
  Everywhere else these characters are text.`;

const RULES = `## Rules

- A task's own key beats its namespace's, which beats the application's \`defaults\`, which beat the built-in: no retry,
  a dead letter when it failed, no delay, no expiry, 30 s to run. A policy in place replaces the inherited one and never merges
  with it. \`expires: never\` and \`retry: { times: 1 }\` take back what would be inherited. \`defaults\` are of the
  application's own namespaces: an \`external\` one has none of them.
- With \`name_prefix: shop.billing.\` a task \`charge\` is \`shop.billing.charge\` on the wire; nothing is put between the two.
- A namespace with \`environments\` is in those alone: it needs no route and no topic elsewhere, its schedules do not run
  there, and \`.delay()\` there throws \`AbsentNamespaceError\` (\`namespace_absent\`) and sends nothing. A topic is in an
  environment by being declared there, a schedule by \`enabled: [saas]\`.
- \`owner\` and \`labels\` change nothing of the wire: they may be changed at any time.
- \`times\` counts runs that ended under a live worker. An \`at_most_once\` task inherits no policy, and its own may only say
  \`times: 1\`.
- Error names match the name of any class on an error's prototype chain, its \`name\`, and those of its \`cause\`; \`ignore\` wins
  over \`on\`. Parameter errors are never retried.
- \`formerly\` makes a rename safe: workers take activations under former wire names, and bind a parameter's former name where
  the present one is absent. Producers write present names only, so deploy workers first.
- An \`external\` namespace gets clients and no handlers; its activations carry the other application's name. It is routed like
  any other.
- The records of a \`raw\` namespace's topic are bytes. It has one task with one parameter of type \`bytes\`, no schedule, and a
  topic that no other namespace is routed to. The record's key is the header \`taskwire-key\`; a record without a value (a
  tombstone) gives no bytes and the header \`taskwire-tombstone\`.
- Every namespace has a route in every environment that has it, by its full name or by \`"*"\`. A topic is in at most one pool, and in
  an environment that declares pools every topic that a route leads to is in one; the topics of \`external\` namespaces alone
  may be left to the other application. Without pools there is one, \`default\`, with all topics
  but those that hold dead letters.
- Topics for dead letters and retries lie on the topic's own cluster and need no declaration: an undeclared one for dead
  letters has one partition, one for retries as many as its topic, and is read by the topic's pool. Dead letters lie on
  no topic that a pool reads, or they would run again.
- A task's deadline is at most the \`max_processing_deadline\` of its pool.
- A cron expression has five fields of numbers, names, \`*\`, ranges, steps and lists; when both days are given, either is
  enough. Runs by \`every\` are at multiples of the period since 1970-01-01T00:00Z. Parameters of a schedule are written as
  defaults are; every required one must be there.`;

const YAML = `## YAML

Core schema 1.2: \`yes\` and \`on\` are texts. Left out and refused: directives, tags, merge keys, several documents in a file, keys
that are no text. Aliases work and may add up to 10,000 values. Quote texts that start with a star (\`"*/10 * * * *"\`, \`"*"\`),
types with brackets inside braces (\`{ ids: "int[]" }\`), variables inside brackets (\`["\${KAFKA}"]\`), and keys that look like
numbers or booleans. A file has at most 1 MiB.`;

/** The mapping and those below it, each once, as they are met. */
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
  const note = one === "" ? "" : `\n\nExactly one of ${one}.`;
  return `## ${titleOf(form)}${note}\n\n${table(["key", "value", "meaning"], rows)}`;
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

A scalar type, or the name of an entry of \`types\`: a record (\`fields\`), an enum (\`values\`) or a scalar with bounds (\`type\`).
Behind it \`[]\` for a list of it and \`{}\` for a map of it from texts, as often as wanted; at the end \`?\` when it may be left
out. Elements are never optional; \`nullable: true\` lets a parameter or field be null. Records do not hold themselves, and
there are no unions: \`json\` takes any value, so an id that is \`int | string\` elsewhere is \`json\` here, and its handler looks
at what it got.

${table(["type", "values", "constraints"], rows)}

A list takes ${(CONSTRAINTS_OF.list ?? []).map((key) => `\`${key}\``).join(" and ")}, which count its elements; lengths of texts
count UTF-16 units, of bytes bytes. A \`pattern\` is a JavaScript regular expression with flag u, searched in the text. A default
is a value of the type; a parameter with one may be left out.`;
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
  return table(["name", "in words", "as a pattern", "refused all the same"], rows);
}

/** Bars inside a cell would end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
