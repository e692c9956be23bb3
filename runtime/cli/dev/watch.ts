import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";

/** What a compiler writes in one go is one change: it is reported when nothing more came for this long, milliseconds. */
const QUIET_MS = 150;
/** How often to look for a removed folder, milliseconds. */
const GONE_MS = 200;
/** How often folders and their files are compared with what was there at the last report, milliseconds. */
const COMPARE_MS = 500;
const CODE = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json"]);

/** A stamp of each code file of a folder, by path: a file that was written or replaced has another one. */
type Look = ReadonlyMap<string, string>;

/**
 * Watches folders and reports their changes together. Events make it quick. A comparison finds what they miss: chokidar
 * drops an event within 5 ms of another one for the same file, also when the first was no change.
 */
export class Watch {
  readonly #changed: (files: readonly string[]) => void;
  readonly #log: Logger;
  readonly #watchers = new Map<string, FSWatcher>();
  /** Which folder was found at each watched path. */
  readonly #identities = new Map<string, string>();
  /** What was in each folder when it was followed, or at the last report. */
  readonly #looks = new Map<string, Look>();
  readonly #comparing: NodeJS.Timeout;
  readonly #gone = new Map<string, NodeJS.Timeout>();
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `changed` gets absolute paths of code files that came, changed or went. */
  constructor(changed: (files: readonly string[]) => void, log: Logger) {
    this.#changed = changed;
    this.#log = log;
    this.#comparing = setInterval(() => this.#compare(), COMPARE_MS).unref();
  }

  get folders(): readonly string[] {
    return [...this.#watchers.keys(), ...this.#gone.keys()].sort();
  }

  /** From now on these folders are watched, without the folders in them. Resolves when changes are seen. */
  async follow(folders: Iterable<string>): Promise<void> {
    await Promise.all([...folders].map((folder) => this.#follow(folder)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#comparing);
    for (const timer of this.#gone.values()) clearInterval(timer);
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()));
  }

  async #follow(folder: string): Promise<void> {
    if (this.#closed || this.#watchers.has(folder) || this.#gone.has(folder)) return;
    const identity = identityOf(folder);
    if (identity !== undefined) this.#identities.set(folder, identity);
    this.#looks.set(folder, lookAt(folder));
    const watcher = watch(folder, { ignoreInitial: true, depth: 0 });
    this.#watchers.set(folder, watcher);
    watcher.on("all", (event, path) => {
      if (event === "unlinkDir" && path === folder) this.#lost(folder, watcher);
      else if (isCode(path)) this.#heard(path);
    });
    watcher.on("error", (error) => this.#log.warn("cannot watch a folder", { folder, error: messageOf(error) }));
    await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  }

  /** One that was deleted and made again at once sends no event, and changes in the new one are not seen. */
  #compare(): void {
    for (const [folder, watcher] of this.#watchers) {
      const identity = this.#identities.get(folder);
      if (identity !== undefined && identityOf(folder) !== identity) this.#lost(folder, watcher);
      else for (const file of differing(this.#looks.get(folder), lookAt(folder))) this.#heard(file);
    }
  }

  /** A build that begins with deleting its output: the folder is watched again when it is there again. */
  #lost(folder: string, watcher: FSWatcher): void {
    if (this.#watchers.get(folder) !== watcher) return;
    this.#watchers.delete(folder);
    this.#identities.delete(folder);
    this.#looks.delete(folder);
    void watcher.close();
    const timer = setInterval(() => {
      if (!existsSync(folder)) return;
      clearInterval(timer);
      this.#gone.delete(folder);
      void this.#follow(folder).then(() => this.#heard(folder));
    }, GONE_MS);
    this.#gone.set(folder, timer);
    this.#heard(folder);
  }

  #heard(path: string): void {
    this.#waiting.add(path);
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      const files = new Set([...this.#waiting, ...this.#unreported()]);
      this.#waiting.clear();
      this.#changed([...files]);
    }, QUIET_MS);
  }

  /** Files that differ from the last report, which is the present one from now on. */
  #unreported(): string[] {
    return [...this.#looks].flatMap(([folder, before]) => {
      const now = lookAt(folder);
      this.#looks.set(folder, now);
      return differing(before, now);
    });
  }
}

function isCode(file: string): boolean {
  return CODE.has(extname(file)) && !file.endsWith(".d.ts");
}

/** The time of the inode's last change differs also after a write that keeps size and modification time. */
function lookAt(folder: string): Look {
  const look = new Map<string, string>();
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    const found = isCode(file) ? statSync(file, { bigint: true, throwIfNoEntry: false }) : undefined;
    if (found?.isFile() === true) look.set(file, [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" "));
  }
  return look;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is gone, or may not be read; the watcher reports that.
    return [];
  }
}

function differing(before: Look = new Map(), after: Look): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file));
}

/** Identifies a folder, also one that was created again under the same path; undefined: it does not exist. */
function identityOf(folder: string): string | undefined {
  const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.birthtimeNs}`;
}
