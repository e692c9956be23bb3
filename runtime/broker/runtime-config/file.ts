import { type FSWatcher, watch } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { decompressor } from "../../activation/encoding/zstd.js";
import type { Clock } from "../../base/clock.js";
import { codeOf, messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { EnvironmentModel, PoolModel } from "../../model/model.js";
import type { BrokerMetrics } from "../../telemetry/broker-metrics.js";
import type { Meter } from "../../telemetry/registry.js";
import type { Policy } from "../inflight/events.js";
import type { Declared } from "./declared.js";
import { LARGEST_FILE_BYTES, parseRuntimeConfig, type RuntimeConfig, RuntimeConfigError } from "./parse.js";
import { type DemotedTarget, demotedTarget, policyOf } from "./policy.js";
import { warningsOf } from "./warnings.js";

/** Events of the folder come in bursts, and a file may be written in several pieces. */
const SETTLE_MS = 100;
/** The safety net where events of the folder do not arrive. */
const LOOK_EVERY_MS = 5000;

export interface RuntimeConfigState {
  readonly file: string;
  /** What is in force is what the file says; false: the last good one, and `error` says why. */
  readonly current: boolean;
  readonly error: string | undefined;
  /** When what is in force was read, milliseconds. */
  readonly readAt: number;
  readonly droppedTasks: readonly string[];
  readonly selectors: number;
  readonly demotedNamespaces: readonly string[];
  readonly demotedTo: DemotedTarget | undefined;
  /** What is in force and has no effect, or not the one that is meant; no reason not to be ready. */
  readonly warnings: readonly string[];
}

export interface RuntimeConfigOptions {
  readonly file: string;
  readonly environment: EnvironmentModel;
  readonly pool: PoolModel;
  /** What the model declares at the moment of the reading; undefined: names are not looked at. */
  readonly declared?: (() => Declared) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter<BrokerMetrics>;
}

interface Good {
  readonly config: RuntimeConfig;
  readonly target: DemotedTarget | undefined;
  readonly policy: Policy;
  readonly warnings: readonly string[];
  readonly readAt: number;
}

/** The runtime configuration file, read again whenever it changes. A broken one leaves the last good one in force. */
export class RuntimeConfigFile {
  readonly #options: RuntimeConfigOptions;
  readonly #file: string;
  readonly #unpack: (frame: Uint8Array) => Uint8Array;
  #good: Good;
  #error: string | undefined;
  /** The text last read, whether it was good or not. */
  #text: string | undefined;
  #signature = "";
  #watcher: FSWatcher | undefined;
  #cancelSettle: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  /** Readings follow one another. */
  #reading: Promise<void> = Promise.resolve();
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
    this.#good = this.#read(text);
  }

  /** Rejects with RuntimeConfigError when the file cannot be read or used. */
  static async open(options: RuntimeConfigOptions): Promise<RuntimeConfigFile> {
    const file = resolve(options.file);
    const signature = await signatureOf(file);
    return new RuntimeConfigFile(options, file, await decompressor(), await textOf(file), signature);
  }

  /** Reads the file again when it changes, and calls `changed` when another policy is in force. */
  follow(changed: () => void): void {
    this.#changed = changed;
    this.#warn();
    this.#watch();
    // It may have changed since it was opened.
    this.#again();
  }

  get policy(): Policy {
    return this.#good.policy;
  }

  /** Where demoted records go; undefined when no topic is named. */
  demotedTarget(): DemotedTarget | undefined {
    return this.#good.target;
  }

  get state(): RuntimeConfigState {
    const { config, target, warnings, readAt } = this.#good;
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
    this.#cancelLook?.();
  }

  /** The folder is watched, not the file: a rename over it, or a link that is turned, replaces the file itself. */
  #watch(): void {
    const { clock, logger } = this.#options;
    try {
      this.#watcher = watch(dirname(this.#file), { persistent: false }, () => {
        this.#cancelSettle?.();
        this.#cancelSettle = clock.after(SETTLE_MS, () => this.#again());
      });
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch (error) {
      logger.warn("cannot watch the folder of the runtime configuration; looking every 5 s", {
        file: this.#file,
        error: messageOf(error),
      });
    }
    const look = () => {
      signatureOf(this.#file)
        .then((signature) => {
          if (signature !== this.#signature) this.#again();
        })
        .finally(() => {
          if (!this.#closed) this.#cancelLook = clock.after(LOOK_EVERY_MS, look);
        });
    };
    this.#cancelLook = clock.after(LOOK_EVERY_MS, look);
  }

  #again(): void {
    const read = () => this.#reread().catch((error: unknown) => this.#failed(error));
    // Whatever became of the reading before.
    this.#reading = this.#reading.then(read, read);
  }

  /** It was read, but whoever is to obey it could not: it is read again with the next look. */
  #failed(error: unknown): void {
    this.#text = undefined;
    this.#signature = "";
    this.#refuse(`it could not be put in force: ${messageOf(error)}`);
  }

  async #reread(): Promise<void> {
    if (this.#closed) return;
    this.#signature = await signatureOf(this.#file);
    try {
      const text = await this.#textNow();
      if (text === undefined || this.#closed) return;
      this.#good = this.#read(text);
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

  /** undefined when it is what was read last. */
  async #textNow(): Promise<string | undefined> {
    const before = this.#text;
    // Until it is read: a file that comes back as it was counts as changed.
    this.#text = undefined;
    this.#text = await textOf(this.#file);
    return this.#text === before ? undefined : this.#text;
  }

  #warn(): void {
    for (const warning of this.#good.warnings) {
      this.#options.logger.warn("the runtime configuration may not do what is meant", { file: this.#file, warning });
    }
  }

  #refuse(error: string): void {
    if (error === this.#error) return;
    this.#error = error;
    this.#options.meter.count("taskwire_runtime_config_reloads_total", { result: "refused" });
    this.#options.logger.error("the runtime configuration cannot be used; the last good one stays in force", {
      file: this.#file,
      error,
    });
  }

  #read(text: string): Good {
    const { environment, pool, clock, declared } = this.#options;
    const config = parseRuntimeConfig(this.#file, text);
    const target = demotedTarget(this.#file, config, environment, pool);
    return {
      config,
      target,
      policy: policyOf(config, target, environment, this.#unpack),
      warnings: warningsOf(config, target, environment, declared?.()),
      readAt: clock.wall(),
    };
  }
}

/** Changes with the file; "" when there is none. */
async function signatureOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch {
    return "";
  }
}

async function textOf(file: string): Promise<string> {
  try {
    await using handle = await open(file, "r");
    // One byte more than allowed tells a file that is too large, whatever its size says.
    const buffer = Buffer.alloc(LARGEST_FILE_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
    if (length > LARGEST_FILE_BYTES)
      throw new RuntimeConfigError(file, `it is larger than ${LARGEST_FILE_BYTES} bytes; drop what is not needed`);
    return buffer.toString("utf8", 0, length);
  } catch (error) {
    if (error instanceof RuntimeConfigError) throw error;
    throw new RuntimeConfigError(
      file,
      codeOf(error) === "ENOENT"
        ? `there is no file ${basename(file)} in ${dirname(file)}; create it or pass another --runtime-config FILE`
        : `it cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
