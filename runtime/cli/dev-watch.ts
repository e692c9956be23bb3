import { existsSync } from "node:fs";
import { extname } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { messageOf } from "../base/errors.js";
import type { Logger } from "../base/logger.js";

/** What a compiler writes in one go is one change: it is told when nothing more came for so long, milliseconds. */
const QUIET_MS = 150;
/** A folder that is gone is looked for so often, milliseconds. */
const GONE_MS = 200;
const CODE = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json"]);

/** Folders that are watched, and the changes in them, told together. */
export class Watch {
  readonly #changed: (files: readonly string[]) => void;
  readonly #log: Logger;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #gone = new Map<string, NodeJS.Timeout>();
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `changed` gets absolute paths of code files that came, changed or went. */
  constructor(changed: (files: readonly string[]) => void, log: Logger) {
    this.#changed = changed;
    this.#log = log;
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
    for (const timer of this.#gone.values()) clearInterval(timer);
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()));
  }

  async #follow(folder: string): Promise<void> {
    if (this.#closed || this.#watchers.has(folder) || this.#gone.has(folder)) return;
    const watcher = watch(folder, { ignoreInitial: true, depth: 0 });
    this.#watchers.set(folder, watcher);
    watcher.on("all", (event, path) => {
      if (event === "unlinkDir" && path === folder) this.#lost(folder, watcher);
      else if (CODE.has(extname(path)) && !path.endsWith(".d.ts")) this.#heard(path);
    });
    watcher.on("error", (error) => this.#log.warn("a folder cannot be watched", { folder, error: messageOf(error) }));
    await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  }

  /** A build that begins with deleting its output: the folder is watched again when it is there again. */
  #lost(folder: string, watcher: FSWatcher): void {
    if (this.#watchers.get(folder) !== watcher) return;
    this.#watchers.delete(folder);
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
      const files = [...this.#waiting];
      this.#waiting.clear();
      this.#changed(files);
    }, QUIET_MS);
  }
}
