import { readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { withoutByteOrderMark } from "../../byte-order-mark.js";
import type { ModuleSettings } from "./settings.js";

const MODULES = new Set(
  "none commonjs amd system umd es6 es2015 es2020 es2022 esnext node16 node18 node20 nodenext preserve".split(" "),
);
const RESOLUTIONS = new Set("node10 node classic node16 nodenext bundler".split(" "));
/** One value has two names; TypeScript shows the other one. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["es6", "es2015"],
  ["node", "node10"],
]);
/** Files that extend each other in a longer chain are left to TypeScript; a circle is one. */
const LONGEST_CHAIN = 20;

type Json = Readonly<Record<string, unknown>>;

/** Something that only TypeScript can judge. */
class Unclear extends Error {}

/**
 * The settings of a tsconfig, read without TypeScript. Undefined for everything that is not plain: a syntax error, an unknown
 * or wrong value, a file that is missing, a package with `exports`. Whatever it returns, TypeScript would say the same.
 */
export function quickSettings(file: string): ModuleSettings | undefined {
  const extended = new Set<string>();
  try {
    const options = optionsOf(file, extended, 0);
    const { module, moduleResolution, paths } = options;
    return {
      importsTypeScript:
        flag(options, "allowImportingTsExtensions") || flag(options, "rewriteRelativeImportExtensions"),
      module: word(module, MODULES),
      moduleResolution: word(moduleResolution, RESOLUTIONS),
      mapsGenerated: paths !== undefined && Object.hasOwn(mapping(paths), "taskwire/generated"),
      extended: [...extended],
    };
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
}

/** Its options over those that it extends, in their order. */
function optionsOf(file: string, extended: Set<string>, depth: number): Json {
  if (depth > LONGEST_CHAIN) throw new Unclear();
  const config = mapping(jsonOf(file));
  const bases = "extends" in config ? [config.extends].flat() : [];
  const inherited = bases.map((base) => {
    const found = extendedFile(base, path.dirname(file));
    extended.add(found);
    return optionsOf(found, extended, depth + 1);
  });
  const own = "compilerOptions" in config ? mapping(config.compilerOptions) : {};
  // A wrong value is not taken over, and null removes what is inherited.
  word(own.module, MODULES);
  word(own.moduleResolution, RESOLUTIONS);
  flag(own, "allowImportingTsExtensions");
  flag(own, "rewriteRelativeImportExtensions");
  if ("paths" in own) mapping(own.paths);
  return Object.assign({}, ...inherited, own);
}

function word(value: unknown, known: ReadonlySet<string>): string | undefined {
  if (value === undefined) return undefined;
  const name = typeof value === "string" ? value.toLowerCase() : "";
  if (!known.has(name)) throw new Unclear();
  return OTHER_NAMES.get(name) ?? name;
}

function flag(options: Json, name: string): boolean {
  const value = options[name] ?? (name in options ? "" : false);
  if (typeof value !== "boolean") throw new Unclear();
  return value;
}

function mapping(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unclear();
  return { ...value };
}

/** A string, or a comment, or a comma before a closing bracket. */
const PARTS = /"(?:[^"\\\n]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g;
const TRAILING_COMMA = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;

function jsonOf(file: string): unknown {
  try {
    const text = withoutByteOrderMark(readFileSync(file, "utf8"));
    const uncommented = text.replace(PARTS, (part) => (part.startsWith('"') ? part : " "));
    return JSON.parse(uncommented.replace(TRAILING_COMMA, (part) => (part === "," ? "" : part)));
  } catch {
    // TypeScript reports, or repairs, what is wrong with it.
    throw new Unclear();
  }
}

function extendedFile(named: unknown, folder: string): string {
  if (typeof named !== "string") throw new Unclear();
  if (path.isAbsolute(named) || /^\.\.?[\\/]/.test(named)) {
    const file = path.resolve(folder, named);
    if (isFile(file)) return file;
    if (!file.endsWith(".json") && isFile(`${file}.json`)) return `${file}.json`;
    throw new Unclear();
  }
  const [, name = "", inside = ""] = /^((?:@[^/\\]+\/)?[^/\\@.][^/\\]*)\/([^\\]+\.json)$/.exec(named) ?? [];
  if (name === "") throw new Unclear();
  for (let above = folder; ; above = path.dirname(above)) {
    const at = path.join(above, "node_modules", name);
    if (isFile(path.join(at, "package.json"))) return insidePackage(at, inside);
    if (above === path.dirname(above)) throw new Unclear();
  }
}

function insidePackage(folder: string, inside: string): string {
  const file = path.join(folder, inside);
  if ("exports" in mapping(jsonOf(path.join(folder, "package.json"))) || !isFile(file)) throw new Unclear();
  return realpathSync(file);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
