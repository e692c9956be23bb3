import path from "node:path";
import { type CodegenResult, codegen } from "../codegen.js";
import { RunCache } from "../run-cache.js";
import { type ImportExtension, importRuleFor } from "../write/import-extension.js";
import { FileWatch, FolderWatch } from "./watched.js";

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

/** From the first event to the run: an editor's save, or a checkout, is several events. */
const SETTLE_MS = 40;

/**
 * Runs codegen now and after each change of the schema or of the configuration, until it is closed. `onRun` gets
 * problems and errors, and watching continues. Resolves after the first run.
 */
export async function watch(options: WatchOptions): Promise<Watch> {
  const watcher = new Watcher(options);
  await watcher.start();
  return watcher;
}

class Watcher implements Watch {
  readonly #options: WatchOptions;
  readonly #cwd: string;
  readonly #cache = new RunCache();
  readonly #schema: FolderWatch;
  readonly #configuration: FileWatch;
  readonly #causes = new Set<string>();
  #tsconfigs: readonly string[] = [];
  #settings: WatchSettings | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#cwd = path.resolve(options.cwd ?? ".");
    const changed = (file: string) => this.#changed(file);
    this.#schema = new FolderWatch(changed);
    this.#configuration = new FileWatch(changed);
  }

  async start(): Promise<void> {
    this.#running = this.#run();
    await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
    await Promise.all([this.#schema.close(), this.#configuration.close()]);
  }

  #changed(file: string): void {
    this.#causes.add(path.relative(this.#cwd, file).split(path.sep).join("/"));
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      const before = this.#running;
      this.#running = before.then(() => {
        this.#timer = undefined;
        return this.#closed ? undefined : this.#run();
      });
    }, SETTLE_MS);
  }

  async #run(): Promise<void> {
    const causes = [...this.#causes].sort();
    this.#causes.clear();
    const start = performance.now();
    const outcome = await this.#attempt();
    const milliseconds = Math.round(performance.now() - start);
    this.#options.onRun({ causes, outcome, settings: this.#settings, milliseconds });
  }

  async #attempt(): Promise<WatchRun["outcome"]> {
    try {
      const { configuration = [] } = this.#options;
      await this.#configuration.follow([...configuration, ...this.#tsconfigs]);
      const settings = this.#options.settings();
      this.#settings = settings;
      const out = path.resolve(this.#cwd, settings.out);
      const rule = importRuleFor(out);
      this.#tsconfigs = rule.files;
      // What is read is watched before it is read: a change in between starts another run.
      await this.#configuration.follow([...configuration, ...rule.files]);
      await this.#schema.follow(path.resolve(this.#cwd, settings.schema));
      const { schema, importExtension = rule.extension } = settings;
      const result = await codegen({ schema, out, importExtension, check: false, cwd: this.#cwd }, this.#cache);
      return { kind: "ran", result };
    } catch (error) {
      return { kind: "failed", error };
    }
  }
}
