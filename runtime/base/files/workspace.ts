import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** The root of the workspace of npm, yarn, bun or pnpm that a package's folder is part of; undefined when there is none. */
export function workspaceOf(folder: string): string | undefined {
  for (let root = dirname(folder); ; root = dirname(root)) {
    const patterns = patternsOf(root);
    if (patterns.length > 0 && isPart(relative(root, folder).split(sep).join("/"), patterns)) return root;
    if (root === dirname(root)) return undefined;
  }
}

function patternsOf(root: string): readonly string[] {
  const pnpm = join(root, "pnpm-workspace.yaml");
  if (existsSync(pnpm)) return listOfPnpm(readFileSync(pnpm, "utf8"));
  try {
    const { workspaces }: { workspaces?: unknown } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const listed: unknown =
      typeof workspaces === "object" && workspaces !== null && "packages" in workspaces
        ? workspaces.packages
        : workspaces;
    return Array.isArray(listed) ? listed.filter((each) => typeof each === "string") : [];
  } catch {
    // There is no package.json, or one that its package manager rejects.
    return [];
  }
}

/** The items under `packages:`. Without a YAML parser, which every producer would have to load. */
function listOfPnpm(text: string): readonly string[] {
  const [, block = ""] = /^packages:[ \t]*\r?\n((?:[ \t]*(?:-.*|#.*)?(?:\r?\n|$))*)/m.exec(text) ?? [];
  return [...block.matchAll(/^[ \t]*-[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s#]+))/gm)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

/** The last matching pattern decides; a pattern with `!` excludes the folder. */
function isPart(path: string, patterns: readonly string[]): boolean {
  let part = false;
  for (const pattern of patterns) {
    const out = pattern.startsWith("!");
    if (expression(out ? pattern.slice(1) : pattern).test(path)) part = !out;
  }
  return part;
}

function expression(pattern: string): RegExp {
  const parts = pattern
    .replace(/^\.\//, "")
    .replace(/\/+$/, "")
    .split(/(\*\*\/|\*\*|\*|\?|\{[^}]*\})/)
    .map((part) => {
      if (part === "**/") return "(?:[^/]+/)*";
      if (part === "**") return ".*";
      if (part === "*") return "[^/]*";
      if (part === "?") return "[^/]";
      if (part.startsWith("{")) return `(?:${part.slice(1, -1).split(",").map(literal).join("|")})`;
      return literal(part);
    });
  return new RegExp(`^${parts.join("")}$`);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
