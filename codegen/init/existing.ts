import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { TaskwireError } from "taskwire/model";
import { ts } from "ts-morph";
import { withoutByteOrderMark } from "../byte-order-mark.js";
import { isSchemaFile } from "../read/folder.js";
import { projectName, schemaText } from "./files.js";
import { keysOf, withProperties } from "./json-edit.js";

/** Changes to an existing project. */
export interface ExistingPlan {
  /** Absolute. */
  readonly folder: string;
  /** New texts by path below the folder; package.json and new files only. */
  readonly texts: ReadonlyMap<string, string>;
  /** Their texts before; none for new files. */
  readonly before: ReadonlyMap<string, string>;
  /** What codegen writes to, below the folder. */
  readonly out: string;
  readonly schema: string;
  /** What is to be installed: dependencies and development dependencies that package.json lacks. */
  readonly install: { readonly run: readonly string[]; readonly dev: readonly string[] };
  readonly manager: "npm" | "pnpm" | "yarn";
}

/** Writes nothing. Throws TaskwireError `no_package` without a package.json, `bad_json` when it is invalid. */
export function planExisting(folder: string): ExistingPlan {
  const file = path.join(folder, "package.json");
  if (!existsSync(file))
    throw new TaskwireError(
      "no_package",
      `there is no package.json in ${folder}; name another folder, or create a project with taskwire init my-app`,
    );
  const text = readFileSync(file, "utf8");
  const known = new Set([
    ...keysOf(text, file, "dependencies"),
    ...keysOf(text, file, "devDependencies"),
    ...keysOf(text, file, "peerDependencies"),
  ]);
  const block = keysOf(text, file).includes("taskwire") ? undefined : blockFor(folder);
  const { schema, out } = block ?? declared(text);
  const scripts = {
    "taskwire:codegen": "taskwire codegen",
    "taskwire:dev": `taskwire dev --handlers ${sourceOf(block?.handlers, folder) ?? "src/handlers.ts"}`,
    "taskwire:check": "taskwire codegen --check && taskwire lint --strict",
  };
  const withBlock = block === undefined ? text : withProperties(text, file, { taskwire: block });
  const manifest = withProperties(withBlock, file, scripts, "scripts");
  const starter = `${schema}/taskwire.yaml`;
  return {
    folder,
    texts: new Map([
      ...(manifest === text ? [] : [["package.json", manifest] as const]),
      ...(holdsSchema(path.join(folder, schema)) ? [] : [[starter, schemaText(nameIn(text, folder))] as const]),
    ]),
    before: new Map([["package.json", text]]),
    schema,
    out,
    install: {
      run: known.has("taskwire") ? [] : ["taskwire"],
      dev: ["@taskwire/codegen", "tsx"].filter((name) => !known.has(name)),
    },
    manager: managerOf(folder),
  };
}

interface Block {
  readonly schema: string;
  readonly out: string;
  readonly handlers: string;
}

/** Free names: in the folder of sources, and tsc's output for it. */
function blockFor(folder: string): Block {
  const { outDir, rootDir } = compiled(folder);
  const source = existsSync(path.join(folder, "src")) || !existsSync(path.join(folder, "lib")) ? "src" : "lib";
  const free = (...names: readonly string[]) =>
    names.find((name) => !existsSync(path.join(folder, name))) ?? names.at(-1) ?? "";
  const handlers = free(`${source}/handlers.ts`, `${source}/task-handlers.ts`, `${source}/taskwire-handlers.ts`);
  return {
    schema: holdsOther(path.join(folder, "schema")) ? "taskwire" : "schema",
    out: free(`${source}/generated`, `${source}/taskwire-generated`),
    handlers:
      outDir === undefined
        ? handlers
        : `${outDir}/${path.posix.relative(rootDir ?? source, handlers)}`.replace(/\.ts$/, ".js"),
  };
}

/** The source that a compiled module comes from, as blockFor named it. */
function sourceOf(handlers: string | undefined, folder: string): string | undefined {
  if (handlers === undefined || handlers.endsWith(".ts")) return handlers;
  const { outDir = "", rootDir } = compiled(folder);
  const source = existsSync(path.join(folder, "src")) || !existsSync(path.join(folder, "lib")) ? "src" : "lib";
  return path.posix.join(rootDir ?? source, path.posix.relative(outDir, handlers)).replace(/\.js$/, ".ts");
}

/** Folders of tsconfig.json, relative to the package. */
function compiled(folder: string): { readonly outDir: string | undefined; readonly rootDir: string | undefined } {
  const file = path.join(folder, "tsconfig.json");
  if (!existsSync(file)) return { outDir: undefined, rootDir: undefined };
  const source = ts.readJsonConfigFile(file, ts.sys.readFile);
  const { options } = ts.parseJsonSourceFileConfigFileContent(source, { ...ts.sys, readDirectory: () => [] }, folder);
  const shown = (name: string | undefined) =>
    name === undefined || options.noEmit === true
      ? undefined
      : path.relative(folder, path.resolve(folder, name)).split(path.sep).join("/");
  return { outDir: shown(options.outDir), rootDir: shown(options.rootDir) };
}

/** The folders that an existing block names. */
function declared(text: string): { readonly schema: string; readonly out: string } {
  const manifest: unknown = JSON.parse(withoutByteOrderMark(text));
  const block = typeof manifest === "object" && manifest !== null && "taskwire" in manifest ? manifest.taskwire : {};
  const folderOf = (key: "schema" | "out", fallback: string) => {
    const value: unknown = typeof block === "object" && block !== null ? Reflect.get(block, key) : undefined;
    return typeof value === "string" ? value : fallback;
  };
  return { schema: folderOf("schema", "schema"), out: folderOf("out", "generated") };
}

/** The application's name: that of the package, without its scope. */
function nameIn(text: string, folder: string): string {
  const manifest: unknown = JSON.parse(withoutByteOrderMark(text));
  const name = typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : undefined;
  return projectName(typeof name === "string" ? name.replace(/^@[^/]*\//, "") : path.basename(folder));
}

function holdsSchema(folder: string): boolean {
  return filesIn(folder).some(isSchemaFile);
}

/** Whether a folder of this name belongs to something else, such as SQL or GraphQL. */
function holdsOther(folder: string): boolean {
  const names = filesIn(folder).filter((name) => !name.startsWith("."));
  return names.length > 0 && !names.some(isSchemaFile);
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
}

function managerOf(folder: string): ExistingPlan["manager"] {
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, "pnpm-lock.yaml"))) return "pnpm";
    if (existsSync(path.join(at, "yarn.lock"))) return "yarn";
    if (existsSync(path.join(at, "package-lock.json")) || at === path.dirname(at)) return "npm";
  }
}
