import { statSync } from "node:fs";
import path from "node:path";
import { codeOf, schemaNames } from "../read/folder.js";

/** What a run reads. */
export interface Watched {
  /** Single files, absolute; they may not exist. */
  readonly files: readonly string[];
  /** The folder of schema files, absolute; it may not exist. Undefined: not known yet. */
  readonly schema?: string;
}

/** A stamp of what is at each path: a file that was written or replaced has another one. */
export type Look = ReadonlyMap<string, string>;

export function look({ files, schema }: Watched): Look {
  const found = new Map(files.map((file) => [file, stampOf(file)]));
  if (schema === undefined) return found;
  found.set(schema, "folder");
  const names = schemaNames(schema, (at, error) => found.set(path.join(schema, at), codeOf(error)));
  for (const name of names) {
    const file = path.join(schema, name);
    found.set(file, stampOf(file));
  }
  return found;
}

/** The paths at which two looks differ. */
export function differing(before: Look, after: Look): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file));
}

/** The time of the inode's last change differs also after a write that keeps size and modification time. */
function stampOf(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return codeOf(error);
  }
}
