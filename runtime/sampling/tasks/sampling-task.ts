import { defaultInstruments, type Instruments } from "./instruments.js";
import { measured } from "./measured.js";
import { computeTaskName } from "./task-name.js";

export interface SamplingTaskOptions extends Partial<Instruments> {
  /** In snake_case, for instance `recalibrate_orgs_batch`. */
  readonly name: string;
}

/** Wraps a handler so that its start and duration are measured (dynamic-sampling.md 6). It gives the handler's value. */
export function dynamicSamplingTask({ name, ...given }: SamplingTaskOptions) {
  const instruments = { ...defaultInstruments, ...given };
  return <A extends readonly unknown[], R>(handler: (...args: A) => R): ((...args: A) => Promise<Awaited<R>>) =>
    (...args) =>
      measured(computeTaskName(name), instruments, () => handler(...args));
}
