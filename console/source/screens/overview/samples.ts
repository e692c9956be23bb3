import type { JsonValue, NamedType, TypeModel } from "../../../../runtime/model/model.js";
import type { KnownTask } from "../../../../runtime/operations/documents/front.js";

/** Records may contain themselves. */
const DEEPEST = 6;

/** Parameters that a task accepts as far as its types say, as an example to begin with. Optional ones are left out. */
export function sampleOf(
  { parameters }: Pick<KnownTask, "parameters">,
  types: readonly NamedType[],
): Record<string, JsonValue> {
  const sample: Record<string, JsonValue> = Object.create(null);
  for (const { name, type, optional, nullable, default: value } of parameters)
    if (!optional && value === undefined) sample[name] = nullable ? null : sampleValue(type, types, 0);
  return sample;
}

/** The calls that send a task: on the command line, and in a program. */
export function callsOf(
  task: KnownTask,
  types: readonly NamedType[],
): { readonly shell: string; readonly program: string } {
  const sample = sampleOf(task, types);
  const json = JSON.stringify(sample);
  const parameters = Object.keys(sample).length === 0 ? "" : ` ${quoted(json)}`;
  return {
    shell: `npx taskwire send ${task.namespace}.${task.key}${parameters}`,
    program: `await ${camel(task.namespace)}.${camel(task.key)}.delay(${parameters === "" ? "" : literal(sample)});`,
  };
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function literal(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, of]) => `${keyOf(name)}: ${literal(of)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function camel(name: string): string {
  return name.replaceAll(/[_.-]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function sampleValue(type: TypeModel, types: readonly NamedType[], depth: number): JsonValue {
  switch (type.kind) {
    case "int":
    case "bigint":
    case "float":
      return Math.max(type.min ?? 1, Math.min(1, type.max ?? 1));
    case "string":
      return "text".padEnd(type.minLength ?? 0, "x").slice(0, type.maxLength ?? 4);
    case "bool":
      return true;
    case "bytes":
      return "AAAA".repeat(Math.ceil((type.minLength ?? 0) / 3));
    case "datetime":
      return "2026-01-31T12:00:00Z";
    case "uuid":
      return "00000000-0000-4000-8000-000000000000";
    case "json":
      return {};
    case "map":
      return {};
    case "list":
      return Array.from({ length: Math.min(type.minLength ?? 0, 5) }, () =>
        sampleValue(type.element, types, depth + 1),
      );
    case "named": {
      const named = types.find(({ name }) => name === type.name);
      if (named === undefined || depth >= DEEPEST) return {};
      if (named.kind === "enum") return named.values[0] ?? "";
      return Object.fromEntries(
        named.fields
          .filter(({ optional, default: value }) => !optional && value === undefined)
          .map(({ name, type: of, nullable }) => [name, nullable ? null : sampleValue(of, types, depth + 1)]),
      );
    }
  }
}
