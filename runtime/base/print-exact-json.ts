const INDENT = "  ";

/** JSON that exactJson reads as the same value: bigints are written as numbers. Indented by two spaces. */
export function printExactJson(value: unknown, indent = ""): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const inner = `${indent}${INDENT}`;
  if (Array.isArray(value)) {
    const items = value.map((each: unknown) => `${inner}${printExactJson(each, inner)}`);
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value).map(
    ([name, each]) => `${inner}${JSON.stringify(name)}: ${printExactJson(each, inner)}`,
  );
  return fields.length === 0 ? "{}" : `{\n${fields.join(",\n")}\n${indent}}`;
}
