import { availableParallelism } from "node:os";
import type { Registry } from "../../activation/registry.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { factsOf, loadRegistry } from "../child/load.js";
import type { RegistryFacts } from "../child/messages.js";
import { HandlersModuleError } from "../errors.js";
import type { WorkerOptions } from "../options.js";
import { Children } from "./children.js";
import { findHandlersModule } from "./handlers-module.js";
import { InProcessRunner } from "./in-process.js";
import { MAX_TASKS } from "./recycling.js";
import type { RunnerOwner } from "./runner.js";

/** A worker's handlers, loaded and not yet running. */
export interface Handlers {
  readonly facts: RegistryFacts;
  /** Undefined with isolation "none". */
  readonly children: Children | undefined;
  /** From now on runners join the owner. */
  run(owner: RunnerOwner): void;
}

/** Loads the handlers where they will run. Rejects with HandlersModuleError. */
export async function loadHandlers(options: WorkerOptions, clock: Clock, log: Logger): Promise<Handlers> {
  if (options.isolation === "process") return await inChildren(options, clock, log);
  const registry = options.registry ?? (await loadHere(options.handlersModule ?? ""));
  return {
    facts: factsOf(registry),
    children: undefined,
    run(owner) {
      const runner: InProcessRunner = new InProcessRunner(
        registry,
        options.concurrency,
        clock,
        {
          report: (report) => owner.report(runner, report),
          gone: (end) => owner.gone(runner, end),
        },
        log,
      );
      owner.addRunner(runner);
    },
  };
}

async function inChildren(options: WorkerOptions, clock: Clock, log: Logger): Promise<Handlers> {
  const { concurrency } = options;
  const count = Math.min(options.children ?? availableParallelism(), concurrency);
  const children = new Children({
    module: findHandlersModule(options.handlersModule ?? ""),
    slots: Array.from({ length: count }, (_, index) => Math.floor((concurrency + index) / count)).reverse(),
    environment: options.environment ?? {},
    recycling: { maxTasks: options.maxTasksPerChild ?? MAX_TASKS, maxMemory: options.maxChildMemory },
    ...(options.output === undefined ? {} : { output: options.output }),
    clock,
    log,
  });
  const facts = await children.first();
  return { facts, children, run: (owner) => children.run(owner) };
}

async function loadHere(name: string): Promise<Registry> {
  const module = findHandlersModule(name);
  if (module.nodeArguments.length > 0) {
    throw new HandlersModuleError(
      name,
      'isolation "none" loads the module in this process, which cannot read TypeScript; compile it and pass the .js file, or use isolation "process" with tsx installed',
    );
  }
  // So that stacks of handlers' errors name the lines of their source.
  process.setSourceMapsEnabled(true);
  try {
    return await loadRegistry(module.url);
  } catch (error) {
    throw new HandlersModuleError(name, messageOf(error), { cause: error });
  }
}
