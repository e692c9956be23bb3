import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../base/errors.js";
import { findHandlersModule, type ReloadableWorker } from "../../worker/index.js";
import { foldersOf } from "./graph.js";
import type { DevLog } from "./log.js";
import type { DevModel } from "./model.js";
import type { DevSchedule } from "./schedule.js";
import { syntaxProblem } from "./syntax.js";
import { Watch } from "./watch.js";

interface ReloadParts {
  readonly worker: ReloadableWorker;
  /** As the user named it. */
  readonly handlers: string;
  readonly model: DevModel;
  readonly schedule: DevSchedule;
  readonly isolation: "process" | "none";
  readonly log: DevLog;
}

/** Watches the handlers' code, the generated code and the model, and reloads them, one change after the other. */
export class Reloading {
  readonly #parts: ReloadParts;
  readonly #watch: Watch;
  readonly #module: string;
  #waiting: readonly string[] = [];
  #busy: Promise<void> | undefined;
  #closed = false;

  private constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#module = fileURLToPath(findHandlersModule(parts.handlers).url);
    this.#watch = new Watch((files) => this.#changed(files), parts.log.dev);
  }

  /** Resolves when changes are noticed; logs what is watched. */
  static async start(parts: ReloadParts): Promise<Reloading> {
    const reloading = new Reloading(parts);
    await reloading.#follow();
    const folders = reloading.#watch.folders.map(short).join(", ");
    const { dev } = parts.log;
    if (parts.isolation === "process") dev.info(`watching ${folders}: changes reload the handlers`);
    else
      dev.warn(
        `watching ${short(parts.model.file)}; --isolation none runs handlers in this process and cannot reload them: use --isolation process, or restart after a change`,
      );
    return reloading;
  }

  /** A reload that has begun ends with its worker. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#watch.close();
  }

  async #follow(): Promise<void> {
    const { model, isolation } = this.#parts;
    const code = isolation === "process" ? foldersOf(this.#module) : [];
    await this.#watch.follow(new Set([...code, dirname(model.file)]));
  }

  #changed(files: readonly string[]): void {
    this.#waiting = [...new Set([...this.#waiting, ...files])];
    this.#busy ??= this.#work().finally(() => {
      this.#busy = undefined;
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const files = this.#waiting;
      this.#waiting = [];
      if (files.includes(resolve(this.#parts.model.file))) await this.#reloadModel();
      if (this.#parts.isolation === "process") await this.#reloadHandlers(files);
      await this.#follow();
    }
  }

  async #reloadModel(): Promise<void> {
    const { model, schedule, log } = this.#parts;
    try {
      const restart = await model.reload();
      log.dev.info("model reloaded", { file: short(model.file) });
      if (restart.length > 0)
        log.dev.warn("the broker keeps its previous topology; restart taskwire dev to apply this change", {
          differs: restart.join("; "),
        });
      await schedule.follow();
    } catch (error) {
      log.dev.error("cannot load the model; the broker keeps the previous one", { error: messageOf(error) });
    }
  }

  async #reloadHandlers(files: readonly string[]): Promise<void> {
    const { worker, log } = this.#parts;
    const shown = files.slice(0, MOST_SHOWN).map(short).join(", ");
    log.dev.info("code changed; reloading the handlers", {
      files: files.length > MOST_SHOWN ? `${shown} and ${files.length - MOST_SHOWN} more` : shown,
    });
    const began = performance.now();
    try {
      const { tasks, added, removed, running } = await worker.reload();
      if (this.#closed) return;
      log.dev.info("handlers reloaded", {
        tasks: tasks.length,
        added: added.length > 0 ? added.join(", ") : undefined,
        removed: removed.length > 0 ? removed.join(", ") : undefined,
        finishingOnOldCode: running,
        ms: Math.round(performance.now() - began),
      });
    } catch (error) {
      log.dev.error("cannot load the handlers; still running the previous version:");
      log.block(messageOf(error));
      const place = await syntaxProblem(files);
      if (place !== undefined) log.block(place);
    }
  }
}

const MOST_SHOWN = 3;

/** A path as a person in the working directory would write it. */
function short(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside === "" ? "." : inside.startsWith("..") ? path : inside;
}
