import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { hasHeader } from "../header.js";
import { hashOf, MODEL_FILE } from "../model-file.js";
import { compare } from "../problem/problem.js";
import { OutputError } from "./output-error.js";
import { isLeftover } from "./temporary.js";

/** Files in the output folder at places of generated files, by path. */
export interface Existing {
  readonly texts: ReadonlyMap<string, string>;
  /** Paths of our files: by their header; taskwire.json by its keys. */
  readonly ours: ReadonlySet<string>;
  /** Paths of folders that are named like files. */
  readonly folders: ReadonlySet<string>;
  /** Paths of links, pipes, sockets and devices. */
  readonly special: ReadonlySet<string>;
  /** Our files do not match the hash in taskwire.json: a run was interrupted, or a file was edited. */
  readonly torn: boolean;
  /** Temporary files of runs that were killed. */
  readonly leftovers: readonly string[];
}

/** Reads the .ts files of the output folder and of its namespaces/, and taskwire.json. Other folders are ignored. Throws OutputError. */
export async function readExisting(out: string): Promise<Existing> {
  const texts = new Map<string, string>();
  const folders = new Set<string>();
  const special = new Set<string>();
  const leftovers: string[] = [];
  for (const folder of ["", "namespaces/"]) {
    const entries = await readdir(path.join(out, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      throw new OutputError(path.relative(process.cwd(), path.join(out, folder)), error);
    });
    for (const entry of entries ?? []) {
      const name = `${folder}${entry.name}`;
      if (entry.isFile() && (await isLeftover(out, name))) leftovers.push(name);
      if (!(name.endsWith(".ts") || name === MODEL_FILE)) continue;
      if (entry.isDirectory()) folders.add(name);
      else if (!entry.isFile()) special.add(name);
      else {
        const text = textAt(path.join(out, name));
        if (text !== undefined) texts.set(name, text);
      }
    }
  }
  const sorted = [...texts].sort(([a], [b]) => compare(a, b));
  const model = parsed(texts.get(MODEL_FILE) ?? "");
  const ours = sorted.filter(([name, text]) => (name === MODEL_FILE ? isOurModel(model) : hasHeader(text)));
  return {
    texts: new Map(sorted),
    ours: new Set(ours.map(([name]) => name)),
    folders,
    special,
    torn: ours.length > 0 && hashIn(model) !== hashOf(ours.filter(([name]) => name !== MODEL_FILE)),
    leftovers,
  };
}

/**
 * As codegen wrote it: line ends and a byte order mark that a checkout or an editor adds make no difference. Undefined when
 * a run at the same time has removed it.
 */
function textAt(file: string): string | undefined {
  try {
    return new TextDecoder().decode(readFileSync(file)).replaceAll("\r\n", "\n");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Also when it is torn or has merge conflict markers, and so is not JSON. */
function isOurModel(model: unknown): boolean {
  return (
    model === undefined || (typeof model === "object" && model !== null && ("taskwire" in model || "hash" in model))
  );
}

/** The hash in a model; undefined when it is not a model, or torn. */
function hashIn(model: unknown): unknown {
  return typeof model === "object" && model !== null && "hash" in model ? model.hash : undefined;
}

/** Undefined when it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
