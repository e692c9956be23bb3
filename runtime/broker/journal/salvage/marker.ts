import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, messageOf } from "../../../base/errors.js";
import { syncFolder } from "./sync.js";

/** Stored beside a damaged file until it is rebuilt. */
interface Marker {
  readonly reason: string;
  /** Where the damaged file goes, absolute. */
  readonly target: string;
  /** Wall time, milliseconds. */
  readonly at: number;
}

/** Has the next start rebuild the file. When the marker cannot be written, the next start has to find the damage itself. */
export function markDamaged(file: string, error: unknown): void {
  if (isMarked(file)) return;
  const at = Date.now();
  const target = freeTarget(file, at);
  const marker = markerOf(file);
  try {
    mkdirSync(dirname(target), { recursive: true });
    // When the file is closed, SQLite moves what it takes for valid out of the write-ahead log and removes the log.
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${target}-wal`);
    const content: Marker = { reason: messageOf(error), target, at };
    writeFileSync(`${marker}.new`, JSON.stringify(content), { flush: true });
    renameSync(`${marker}.new`, marker);
    syncFolder(dirname(file));
  } catch (failure) {
    // A partial copy would take the space that the rebuild needs, and another one at each start.
    for (const partial of [`${target}-wal`, `${marker}.new`]) rmSync(partial, { force: true });
    if (!/^E(NOSPC|DQUOT|ROFS|ACCES|PERM|FBIG|IO)/.test(codeOf(failure))) throw failure;
  }
}

export function isMarked(file: string): boolean {
  return existsSync(markerOf(file));
}

/** undefined: the file is not marked. */
export function readMarker(file: string): Marker | undefined {
  return isMarked(file) ? JSON.parse(readFileSync(markerOf(file), "utf8")) : undefined;
}

export function removeMarker(file: string): void {
  rmSync(markerOf(file));
}

function markerOf(file: string): string {
  return `${file}.damaged`;
}

function freeTarget(file: string, at: number): string {
  const folder = join(dirname(file), "quarantine");
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const name = `${basename(file, ".db")}.${time}`;
  for (let number = 1; ; number += 1) {
    const target = join(folder, `${name}${number === 1 ? "" : `-${number}`}.db`);
    if (!existsSync(target) && !existsSync(`${target}-wal`)) return target;
  }
}
