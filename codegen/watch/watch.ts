import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { type CodegenResult, codegen } from "../codegen.js";
import { RunCache } from "../run-cache.js";
import { type ImportExtension, importRuleFor } from "../write/import-extension.js";
import { differing, type Look, look, type Watched } from "./look.js";

/** What one run works on. */
export interface WatchSettings {
  /** Folder of YAML files. */
  readonly schema: string;
  /** Folder of generated files. */
  readonly out: string;
  /** Default: by the tsconfig at or above `out`. */
  readonly importExtension?: ImportExtension;
}

export interface WatchOptions {
  /** Asked before each run; when it throws, that is a failed run, and the last settings go on being watched. */
  readonly settings: () => WatchSettings;
  /** Files that `settings` reads, absolute: a change of one starts a run. The tsconfig files are known without. */
  readonly configuration?: readonly string[];
  /** What relative folders are relative to, and files in problems; default the working directory. */
  readonly cwd?: string;
  /** Called after each run, the first one included. */
  readonly onRun: (run: WatchRun) => void;
}

export interface WatchRun {
  /** Files whose change started it, relative to cwd, sorted; none for the first. */
  readonly causes: readonly string[];
  readonly outcome:
    | { readonly kind: "ran"; readonly result: CodegenResult }
    | { readonly kind: "failed"; readonly error: unknown };
  readonly settings: WatchSettings | undefined;
  readonly milliseconds: number;
}

export interface Watch {
  /** Ends the run under way, then the watching. */
  close(): Promise<void>;
}

/** How often to look for changes, milliseconds. */
const LOOK_MS = 100;
/** The share of the time that looking may take: in large folders it is done less often. */
const LOOK_SHARE = 0.05;
/**
 * How long nothing may have changed before a run, milliseconds: an editor's save, or a checkout, is several changes. File
 * systems stamp files in steps of some milliseconds; a file that is this old gets another stamp from its next write.
 */
const SETTLE_MS = 40;
/** Files that change all the time are read after this many looks. */
const MOST_LOOKS = 25;

/**
 * Runs codegen now and after each change of the schema or of the configuration, until it is closed. `onRun` gets
 * problems and errors, and watching continues. Resolves after the first run.
 */
export async function watch(options: WatchOptions): Promise<Watch> {
  const watcher = new Watcher(options);
  await watcher.start();
  return watcher;
}

/**
 * Compares what is there with what was there before the last run read it. Nothing is lost: a change is a difference
 * whenever it came, also during a run. Events of the file system are not used; they are dropped when many come at once.
 */
class Watcher implements Watch {
  readonly #options: WatchOptions;
  readonly #cwd: string;
  readonly #cache = new RunCache();
  readonly #closing = new AbortController();
  #watched: Watched;
  /** The look before the last run. */
  #seen: Look = new Map();
  #settings: WatchSettings | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#cwd = path.resolve(options.cwd ?? ".");
    this.#watched = { files: options.configuration ?? [] };
  }

  async start(): Promise<void> {
    this.#seen = await this.#settled();
    await this.#run([]);
    this.#watching = this.#watch();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    for (let pause = LOOK_MS; await this.#wait(pause); ) {
      const start = performance.now();
      const now = look(this.#watched);
      pause = Math.max(LOOK_MS, (performance.now() - start) / LOOK_SHARE);
      if (differing(this.#seen, now).length === 0) continue;
      const settled = await this.#settled();
      const changed = differing(this.#seen, settled);
      if (changed.length === 0) continue;
      if (this.#closing.signal.aborted) return;
      this.#seen = settled;
      await this.#run(changed.map((file) => path.relative(this.#cwd, file).split(path.sep).join("/")).sort());
    }
  }

  /** What is there when nothing has changed for a while. */
  async #settled(): Promise<Look> {
    let before = look(this.#watched);
    for (let looks = 1; looks < MOST_LOOKS && (await this.#wait(SETTLE_MS)); looks += 1) {
      const now = look(this.#watched);
      if (differing(before, now).length === 0) break;
      before = now;
    }
    return before;
  }

  /** Whether the watching continues after the time, in milliseconds. */
  async #wait(milliseconds: number): Promise<boolean> {
    const { signal } = this.#closing;
    // It rejects when it is aborted, and for nothing else.
    await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
    return !signal.aborted;
  }

  async #run(causes: readonly string[]): Promise<void> {
    const start = performance.now();
    const outcome = await this.#attempt();
    const milliseconds = Math.round(performance.now() - start);
    this.#options.onRun({ causes, outcome, settings: this.#settings, milliseconds });
  }

  async #attempt(): Promise<WatchRun["outcome"]> {
    try {
      const options = await this.#current();
      return { kind: "ran", result: await codegen({ ...options, check: false, cwd: this.#cwd }, this.#cache) };
    } catch (error) {
      return { kind: "failed", error };
    }
  }

  /** The settings now. All files that they come from, and the schema's, have been looked at before. */
  async #current(): Promise<Required<WatchSettings>> {
    for (;;) {
      const settings = this.#options.settings();
      this.#settings = settings;
      const rule = importRuleFor(path.resolve(this.#cwd, settings.out));
      const watched: Watched = {
        files: [...(this.#options.configuration ?? []), ...rule.files],
        schema: path.resolve(this.#cwd, settings.schema),
      };
      if (JSON.stringify(watched) === JSON.stringify(this.#watched)) {
        const { schema, out, importExtension = rule.extension } = settings;
        return { schema, out, importExtension };
      }
      this.#watched = watched;
      this.#seen = await this.#settled();
    }
  }
}
