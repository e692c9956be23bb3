/** One setting as this process would use it. */
export interface Setting {
  readonly setting: string;
  readonly value: string;
  /** A flag, a variable, the schema, package.json, or the default. */
  readonly source: string;
}

/** A flag wins over a variable, and both over the default. An empty variable counts as unset. */
export function chosen(
  setting: string,
  {
    flag,
    variable,
    fallback,
  }: { readonly flag?: [string, string | undefined]; readonly variable?: string; readonly fallback: string },
): Setting {
  const [name = "", given] = flag ?? [];
  if (given !== undefined) return { setting, value: given, source: `flag ${name}` };
  const value = variable === undefined ? undefined : process.env[variable];
  if (value !== undefined && value !== "") return { setting, value, source: `variable ${variable}` };
  return { setting, value: fallback, source: "default" };
}

/** A secret is known by its length alone. */
export function secretOf(length: number): string {
  return `a secret of ${length} ${length === 1 ? "character" : "characters"}`;
}
