// As it is at the start of the process: handlers may leave fake timers behind.
const { setImmediate } = globalThis;

/** Lets the event loop do what waits, within long work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
