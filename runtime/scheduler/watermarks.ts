import type { Watermark } from "./decide.js";

/** The stored state of an entry, by the wire name of its task. Times are milliseconds since the epoch. */
export interface EntryState {
  readonly watermark?: Watermark;
  /** Whether a person paused it, and when that last changed. */
  readonly pause?: { readonly paused: boolean; readonly at: number };
}

/** The port over what the schedulers of one cluster share: watermarks and pauses, durable when a promise resolves. */
export interface Watermarks {
  /** Whether this process may append at the moment. */
  readonly owned: boolean;
  /** `changed` is called when another process may have changed something, or `owned` changed. */
  open(changed: () => void): Promise<void>;
  stateOf(task: string): EntryState;
  /**
   * Replaces the watermark `before` by `next`. False if `before` is no longer the current one: read the state again.
   */
  advance(task: string, before: Watermark | undefined, next: Watermark): Promise<boolean>;
  pause(task: string, pause: { readonly paused: boolean; readonly at: number }): Promise<void>;
  close(): Promise<void>;
}
