import { type FSWatcher, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { decompressor } from "../../activation/encoding/zstd.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { EnvironmentModel, PoolModel } from "../../model/model.js";
import type { DemotedTarget, RuntimeConfigState } from "../../operations/status/document.js";
import type { BrokerMetrics } from "../../telemetry/broker-metrics.js";
import type { Meter } from "../../telemetry/registry.js";
import type { Policy } from "../inflight/events.js";
import type { Declared } from "./declared.js";
import { type CountedRule, DropRules } from "./drop-rules.js";
import { type FileRule, parseRuntimeConfig, type RuntimeConfig } from "./parse.js";
import { demotedTarget, policyOf } from "./policy.js";
import { signatureOf, textOf } from "./read-file.js";
import { warningsOf } from "./warnings.js";

/** Wait after an event: events come in bursts, and a file may be written in several pieces. */
const SETTLE_MS = 100;
/** How often the file is checked, for systems on which events of the folder do not arrive. */
const CHECK_EVERY_MS = 5000;

interface RuntimeConfigOptions {
  readonly file: string;
  readonly environment: EnvironmentModel;
  readonly pool: PoolModel;
  /** What the model declares when the file is read; undefined: names are not checked. */
  readonly declared?: (() => Declared) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter<BrokerMetrics>;
}

interface ValidConfig {
  readonly config: RuntimeConfig;
  readonly target: DemotedTarget | undefined;
  readonly rules: DropRules<FileRule>;
  readonly policy: Policy;
  readonly warnings: readonly string[];
  readonly readAt: number;
}

/** The runtime configuration file, reloaded whenever it changes. An invalid one leaves the last valid one in force. */
export class RuntimeConfigFile {
  readonly #options: RuntimeConfigOptions;
  readonly #file: string;
  readonly #unpack: (frame: Uint8Array) => Uint8Array;
  #valid: ValidConfig;
  #error: string | undefined;
  /** The content last read, valid or not; undefined: it has to be read again. */
  #text: string | undefined;
  #signature = "";
  #watcher: FSWatcher | undefined;
  #cancelSettle: (() => void) | undefined;
  #cancelCheck: (() => void) | undefined;
  /** Reloads run one after another. */
  #reloading: Promise<void> = Promise.resolve();
  #changed: () => void = () => {};
  #closed = false;

  private constructor(
    options: RuntimeConfigOptions,
    file: string,
    unpack: (frame: Uint8Array) => Uint8Array,
    text: string,
    signature: string,
  ) {
    this.#options = options;
    this.#file = file;
    this.#unpack = unpack;
    this.#text = text;
    this.#signature = signature;
    this.#valid = this.#read(text);
  }

  /** Rejects with RuntimeConfigError when the file cannot be read or used. */
  static async open(options: RuntimeConfigOptions): Promise<RuntimeConfigFile> {
    const file = resolve(options.file);
    const signature = await signatureOf(file);
    return new RuntimeConfigFile(options, file, await decompressor(), await textOf(file), signature);
  }

  /** Reloads the file when it changes, and calls `changed` when another policy is in force. */
  follow(changed: () => void): void {
    this.#changed = changed;
    this.#warn();
    this.#watch();
    // The file may have changed since it was opened.
    this.#reload();
  }

  get policy(): Policy {
    return this.#valid.policy;
  }

  /** The rules in force, and how many activations each has dropped since it is. */
  get rules(): readonly CountedRule<FileRule>[] {
    return this.#valid.rules.rules;
  }

  get path(): string {
    return this.#file;
  }

  /** Where demoted records go; undefined when no topic is named. */
  demotedTarget(): DemotedTarget | undefined {
    return this.#valid.target;
  }

  get state(): RuntimeConfigState {
    const { config, target, warnings, readAt } = this.#valid;
    return {
      file: this.#file,
      current: this.#error === undefined,
      error: this.#error,
      readAt,
      droppedTasks: config.drop.filter(({ kind }) => kind === "task").map(({ name }) => name),
      selectors: config.drop.filter(({ kind }) => kind === "selector").length,
      demotedNamespaces: config.demotedNamespaces,
      demotedTo: target,
      warnings,
    };
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    this.#cancelSettle?.();
    this.#cancelCheck?.();
  }

  /** Watches the folder, not the file: a rename over the file, or a changed link, replaces the file itself. */
  #watch(): void {
    const { clock, logger } = this.#options;
    try {
      this.#watcher = watch(dirname(this.#file), { persistent: false }, () => {
        this.#cancelSettle?.();
        this.#cancelSettle = clock.after(SETTLE_MS, () => this.#reload());
      });
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch (error) {
      logger.warn("cannot watch the folder of the runtime configuration; checking every 5 s", {
        file: this.#file,
        error: messageOf(error),
      });
    }
    const check = () => {
      signatureOf(this.#file)
        .then((signature) => {
          if (signature !== this.#signature) this.#reload();
        })
        .finally(() => {
          if (!this.#closed) this.#cancelCheck = clock.after(CHECK_EVERY_MS, check);
        });
    };
    this.#cancelCheck = clock.after(CHECK_EVERY_MS, check);
  }

  #reload(): void {
    const read = () => this.#load().catch((error: unknown) => this.#failed(error));
    // Also after a reload that failed.
    this.#reloading = this.#reloading.then(read, read);
  }

  /** The file was read but could not be applied: the next check reloads it. */
  #failed(error: unknown): void {
    this.#text = undefined;
    this.#signature = "";
    this.#refuse(`it could not be applied: ${messageOf(error)}`);
  }

  async #load(): Promise<void> {
    if (this.#closed) return;
    this.#signature = await signatureOf(this.#file);
    try {
      const text = await this.#changedText();
      if (text === undefined || this.#closed) return;
      this.#valid = this.#read(text);
    } catch (error) {
      this.#refuse(messageOf(error));
      return;
    }
    this.#changed();
    const { logger, meter } = this.#options;
    this.#error = undefined;
    meter.count("taskwire_runtime_config_reloads_total", { result: "applied" });
    const { droppedTasks, selectors, demotedNamespaces } = this.state;
    logger.info("the runtime configuration has changed", {
      file: this.#file,
      droppedTasks: droppedTasks.length,
      selectors,
      demotedNamespaces: demotedNamespaces.length,
    });
    this.#warn();
  }

  /** undefined: it is the content that was read last. */
  async #changedText(): Promise<string | undefined> {
    const before = this.#text;
    // A file that disappears and comes back counts as changed, with the same content too.
    this.#text = undefined;
    this.#text = await textOf(this.#file);
    return this.#text === before ? undefined : this.#text;
  }

  #warn(): void {
    for (const warning of this.#valid.warnings) {
      this.#options.logger.warn("the runtime configuration may not do what is intended", { file: this.#file, warning });
    }
  }

  #refuse(error: string): void {
    if (error === this.#error) return;
    this.#error = error;
    this.#options.meter.count("taskwire_runtime_config_reloads_total", { result: "refused" });
    this.#options.logger.error("the runtime configuration is invalid; the last valid one stays in force", {
      file: this.#file,
      error,
    });
  }

  #read(text: string): ValidConfig {
    const { environment, pool, clock, declared } = this.#options;
    const config = parseRuntimeConfig(this.#file, text);
    const target = demotedTarget(this.#file, config, environment, pool);
    const counted = config.drop.map((rule) => ({ rule, dropped: 0 }));
    const rules = new DropRules(counted, this.#unpack);
    return {
      config,
      target,
      rules,
      policy: policyOf(config, rules, target, environment),
      warnings: warningsOf(config, target, environment, declared?.()),
      readAt: clock.wall(),
    };
  }
}
