/** The screens, as the address names them. */
export type ScreenName =
  | "overview"
  | "activations"
  | "activation"
  | "tasks"
  | "task"
  | "letters"
  | "letter"
  | "schedules"
  | "workers"
  | "brokers"
  | "controls";

/** A screen, and the parts of its path by name. */
export interface Route {
  readonly screen: ScreenName;
  readonly params: Readonly<Record<string, string>>;
}

const PATHS: Readonly<Record<ScreenName, readonly string[]>> = {
  overview: [],
  activations: ["activations"],
  activation: ["activations", ":id"],
  tasks: ["tasks"],
  task: ["tasks", ":name"],
  letters: ["dead-letters"],
  letter: ["dead-letters", ":topic", ":partition", ":offset"],
  schedules: ["schedules"],
  workers: ["workers"],
  brokers: ["brokers"],
  controls: ["controls"],
};

/** The screen of a path below `base`; undefined: there is none. */
export function routeOf(base: string, pathname: string): Route | undefined {
  const parts = pathname.slice(base.length).split("/").filter(Boolean);
  for (const [screen, path] of Object.entries(PATHS)) {
    const params = paramsOf(path, parts);
    if (params !== undefined && isScreen(screen)) return { screen, params };
  }
  return undefined;
}

function isScreen(name: string): name is ScreenName {
  return Object.hasOwn(PATHS, name);
}

function paramsOf(path: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (path.length !== parts.length) return undefined;
  const params: Record<string, string> = Object.create(null);
  for (const [index, expected] of path.entries()) {
    const part = decoded(parts[index] ?? "");
    if (part === undefined) return undefined;
    if (expected.startsWith(":")) params[expected.slice(1)] = part;
    else if (expected !== part) return undefined;
  }
  return params;
}

/** undefined: it is not percent-encoded text. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** A part of a path. Names from outside may hold halves of surrogate pairs, which no address can. */
export function encoded(part: string): string {
  return encodeURIComponent(part.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
}

export type Search = Readonly<Record<string, string | number | undefined>>;

/** The path of a screen below `base`. Empty and undefined search values are left out. */
export function pathOf(
  base: string,
  screen: ScreenName,
  params: Readonly<Record<string, string>> = {},
  search: Search = {},
): string {
  const path = PATHS[screen].map((part) => encoded(part.startsWith(":") ? (params[part.slice(1)] ?? "") : part));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== "") query.set(name, String(value));
  const written = query.toString();
  return `${base}${path.join("/")}${written === "" ? "" : `?${written}`}`;
}
