import { TaskwireError } from "taskwire/model";
import { ts } from "ts-morph";
import { withoutByteOrderMark } from "../byte-order-mark.js";

/**
 * The text of a JSON object with more properties, every other byte as it was. `into`: the key of an object in it, made when
 * it is not there. Properties that are there already stay as they are. Throws TaskwireError `bad_json`, with `name` in it.
 */
export function withProperties(
  text: string,
  name: string,
  properties: Readonly<Record<string, unknown>>,
  into?: string,
): string {
  const { source, root } = objectOf(text, name);
  const inserting = { text, source };
  if (into === undefined) return inserted(inserting, root, missing(root, properties));
  const holder = root.properties.find((property) => keyOf(property) === into);
  if (holder === undefined) return inserted(inserting, root, [[into, properties]]);
  const inner = ts.isPropertyAssignment(holder) ? holder.initializer : undefined;
  if (inner === undefined || !ts.isObjectLiteralExpression(inner))
    throw new TaskwireError(
      "bad_json",
      `${name}: "${into}": expected an object, got ${inner?.getText(source) ?? "none"}`,
    );
  return inserted(inserting, inner, missing(inner, properties));
}

/** Keys of the object, or of the object under a key of it; none when that is no object. */
export function keysOf(text: string, name: string, inside?: string): readonly string[] {
  const { root } = objectOf(text, name);
  if (inside === undefined) return root.properties.map(keyOf);
  const holder = root.properties.find((property) => keyOf(property) === inside);
  const inner = holder !== undefined && ts.isPropertyAssignment(holder) ? holder.initializer : undefined;
  return inner !== undefined && ts.isObjectLiteralExpression(inner) ? inner.properties.map(keyOf) : [];
}

function objectOf(text: string, name: string): { source: ts.JsonSourceFile; root: ts.ObjectLiteralExpression } {
  // JSON itself decides: TypeScript would take comments and trailing commas.
  try {
    JSON.parse(withoutByteOrderMark(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TaskwireError("bad_json", `${name}: invalid JSON: ${why}; repair it first`);
  }
  const source = ts.parseJsonText(name, text);
  const [statement] = source.statements;
  const { expression } = statement ?? {};
  if (expression !== undefined && ts.isObjectLiteralExpression(expression)) return { source, root: expression };
  throw new TaskwireError("bad_json", `${name}: expected a JSON object`);
}

function keyOf(property: ts.ObjectLiteralElementLike): string {
  return property.name !== undefined && ts.isStringLiteral(property.name) ? property.name.text : "";
}

function missing(object: ts.ObjectLiteralExpression, properties: Readonly<Record<string, unknown>>) {
  const there = new Set(object.properties.map(keyOf));
  return Object.entries(properties).filter(([key]) => !there.has(key));
}

function inserted(
  { text, source }: { readonly text: string; readonly source: ts.JsonSourceFile },
  object: ts.ObjectLiteralExpression,
  properties: readonly (readonly [key: string, value: unknown])[],
): string {
  if (properties.length === 0) return text;
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = /^[ \t]+(?=")/m.exec(text)?.[0] ?? "  ";
  const start = object.getStart(source);
  const outer = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", start) + 1))?.[0] ?? "";
  const inner = `${outer}${unit}`;
  const lines = properties.map(([key, value]) => {
    const json = JSON.stringify(value, null, unit).split("\n").join(`${end}${inner}`);
    return `${inner}${JSON.stringify(key)}: ${json}`;
  });
  const last = object.properties.at(-1);
  const at = last === undefined ? start + 1 : last.getEnd();
  const head = `${last === undefined ? "" : ","}${end}${lines.join(`,${end}`)}`;
  const rest = text.slice(at);
  // An object on one line gets its closing brace on its own line.
  const closes = /^[ \t]*\}/.test(rest) ? `${end}${outer}${rest.trimStart()}` : rest;
  return `${text.slice(0, at)}${head}${closes}`;
}
