import { existsSync } from "node:fs";
import path from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { isSchemaFile } from "../read/folder.js";

/** The YAML files of a folder and its subfolders; the folder may come and go. */
export class FolderWatch {
  readonly #changed: (file: string) => void;
  #folder: string | undefined;
  #watcher: FSWatcher | undefined;

  constructor(changed: (file: string) => void) {
    this.#changed = changed;
  }

  /** Resolves when every later change will be reported. */
  async follow(folder: string): Promise<void> {
    if (folder === this.#folder) return;
    await this.#watcher?.close();
    this.#folder = folder;
    // A folder that is not there is waited for by its nearest parent.
    const way = [folder];
    for (let at = folder; !existsSync(at) && at !== path.dirname(at); at = path.dirname(at)) way.push(path.dirname(at));
    this.#watcher = await ready(
      watch(way.at(-1) ?? folder, {
        ignoreInitial: true,
        ignored: (file, stats) => {
          if (way.includes(file)) return false;
          if (!file.startsWith(`${folder}${path.sep}`)) return true;
          const name = path.relative(folder, file);
          // Folders are watched unless their name begins with a dot.
          return stats?.isFile() === true ? !isSchemaFile(name) : !isSchemaFile(path.join(name, "a.yaml"));
        },
      }),
    );
    this.#watcher.on("all", (event, file) => {
      if (!file.startsWith(folder)) return;
      if (event === "unlinkDir" && file === folder) this.#again();
      if (event !== "addDir" || file === folder) this.#changed(file);
    });
  }

  /** After the folder was removed: the next run watches for it again. */
  #again(): void {
    this.#folder = undefined;
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
  }
}

/** Single files, there or not: their folders are watched, so that a replaced file stays watched. */
export class FileWatch {
  readonly #changed: (file: string) => void;
  #files: ReadonlySet<string> = new Set();
  #folders: ReadonlySet<string> = new Set();
  #watchers: readonly FSWatcher[] = [];

  constructor(changed: (file: string) => void) {
    this.#changed = changed;
  }

  async follow(files: readonly string[]): Promise<void> {
    const wanted = new Set(files);
    const folders = new Set([...wanted].map((file) => path.dirname(file)).filter((folder) => existsSync(folder)));
    if (same(wanted, this.#files) && same(folders, this.#folders)) return;
    await this.close();
    this.#files = wanted;
    this.#folders = folders;
    // One watcher per folder: a single one does not watch a folder inside another.
    const watching = [...folders].map((folder) =>
      ready(watch(folder, { ignoreInitial: true, depth: 0, ignored: (file) => file !== folder && !wanted.has(file) })),
    );
    this.#watchers = await Promise.all(watching);
    for (const watcher of this.#watchers) {
      watcher.on("all", (_event, file) => {
        if (wanted.has(file)) this.#changed(file);
      });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
  }
}

function same(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

function ready(watcher: FSWatcher): Promise<FSWatcher> {
  // An error of the watcher, such as too many watched files, is reported once; it keeps what it watches.
  watcher.on("error", (error) => process.emitWarning(error instanceof Error ? error : String(error)));
  return new Promise((resolve) => watcher.once("ready", () => resolve(watcher)));
}
