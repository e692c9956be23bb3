import { existsSync, statSync } from "node:fs";
import { mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { TaskwireError } from "taskwire/model";
import { ts } from "ts-morph";
import { emit } from "../codegen.js";
import type { Problem } from "../problem/problem.js";
import { differences } from "../write/check.js";
import { readExisting } from "../write/existing.js";
import { type ImportExtension, importRuleFor } from "../write/import-extension.js";
import { OutputError } from "../write/output-error.js";
import { temporaryName } from "../write/temporary.js";
import { findHandlers } from "./find.js";
import { planScaffold, type Scaffold } from "./plan.js";
import { reachableFrom } from "./reachable.js";
import { isBelow, type Sources, sourcesFor } from "./sources.js";

export interface ScaffoldOptions {
  /** Folder of YAML files. */
  readonly schema: string;
  /** Folder of generated files. */
  readonly out: string;
  readonly importExtension?: ImportExtension;
  /** The module with defineHandlers, source or compiled; created if missing. */
  readonly handlers?: string;
  /** Find out, write nothing. */
  readonly check: boolean;
  /** Default the working directory. */
  readonly cwd?: string;
}

export type ScaffoldResult =
  | { readonly kind: "problems"; readonly problems: Problem[] }
  | ({ readonly kind: "scaffolded"; readonly changed: readonly string[] } & Omit<Scaffold, "texts" | "stuck">);

/**
 * Adds a stub for every missing handler and changes no other byte of a file. Never removes one. If the handlers module
 * exists, only files that it imports are searched. Throws TaskwireError `not_current` when the generated files do not match
 * the schema, `no_handlers` when it cannot tell where handlers belong, `not_text` when a file is not UTF-8.
 */
export async function scaffold(options: ScaffoldOptions): Promise<ScaffoldResult> {
  const cwd = path.resolve(options.cwd ?? ".");
  const out = path.resolve(cwd, options.out);
  const emitted = await emit(options);
  if (emitted.kind === "problems") return emitted;
  const shown = (file: string) => path.relative(cwd, file).split(path.sep).join("/");
  if (differences(emitted.texts, await readExisting(out)).length > 0) {
    throw new TaskwireError(
      "not_current",
      `${shown(out)} does not match the schema; run \`npx taskwire codegen\` first: stubs use its types`,
    );
  }
  const sources = sourcesFor(out, cwd);
  const entry = handlersFile(options.handlers, sources, cwd);
  const known = entry !== undefined && existsSync(entry);
  const reachable = known ? reachableFrom(entry, sources.files, sources.options) : new Set(sources.files);
  const texts = await readAll(
    sources.files.filter((file) => reachable.has(file)),
    shown,
  );
  const {
    texts: written,
    stuck,
    ...plan
  } = planScaffold({
    model: emitted.model,
    texts,
    found: findHandlers(texts, emitted.model, out, sources.options),
    out,
    importExtension: options.importExtension ?? importRuleFor(out).extension,
    handlersFile: entry,
    exists: existsSync,
    shown,
  });
  if (stuck !== undefined) throw new TaskwireError("no_handlers", stuck);
  if (!options.check) for (const [file, text] of written) await replace(file, text, shown);
  return {
    kind: "scaffolded",
    changed: [...written.keys()].map(shown),
    added: plan.added.map((one) => ({ ...one, file: shown(one.file) })),
    leftOver: plan.leftOver.map((one) => ({ ...one, file: shown(one.file) })),
    warnings: [...(known ? [] : [unknownEntry(entry, shown)]), ...plan.warnings],
  };
}

/** What is done without a module to start from. */
function unknownEntry(entry: string | undefined, shown: (file: string) => string): string {
  const why =
    entry === undefined
      ? 'no handlers module is known: name it with --handlers FILE, or as "handlers" in the taskwire block of package.json'
      : `there is no handlers module ${shown(entry)} yet`;
  return `${why}; searched every source file of tsconfig.json for handlers`;
}

/** Only files that name the generated registry or a handlers' type can hold handlers; the others are not parsed. */
async function readAll(
  files: readonly string[],
  shown: (file: string) => string,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const file of files) {
    const bytes = await readFile(file);
    const text = bytes.toString("utf8");
    if (!/Handlers\b/.test(text)) continue;
    if (!Buffer.from(text).equals(bytes)) {
      throw new TaskwireError("not_text", `${shown(file)}: expected UTF-8 text, got other bytes; save it as UTF-8`);
    }
    texts.set(file, text);
  }
  return texts;
}

/** A compiled module's source: dist/handlers.js is src/handlers.ts under outDir dist and rootDir src. */
function handlersFile(handlers: string | undefined, { options, tsconfig }: Sources, cwd: string): string | undefined {
  if (handlers === undefined) return undefined;
  const file = path.resolve(cwd, handlers);
  if (/\.m?ts$/.test(file)) return file;
  if (tsconfig === undefined || options.outDir === undefined || !isBelow(file, options.outDir)) return undefined;
  const root = options.rootDir ?? path.dirname(tsconfig);
  return path.join(root, path.relative(path.resolve(options.outDir), file)).replace(/\.(m?)js$/, ".$1ts");
}

/** Whole or not at all; through links, and with the file's own rights. */
async function replace(file: string, text: string, shown: (file: string) => string): Promise<void> {
  const target = ts.sys.fileExists(file) ? await realpath(file) : file;
  const temporary = temporaryName(target);
  try {
    await mkdir(path.dirname(target), { recursive: true });
    const mode = existsSync(target) ? { mode: statSync(target).mode } : {};
    await writeFile(temporary, text, mode);
    await rename(temporary, target);
  } catch (error) {
    // What cannot be written cannot be tidied either, perhaps.
    await rm(temporary, { force: true }).catch(() => {});
    throw new OutputError(shown(file), error, "make it writable for this user, then run it again");
  }
}
