export type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/**
 * Calls `inner` and gives what it gives. `settled` is called once, when `inner` has returned, thrown, or, when it gave a
 * promise, when that has settled: before anyone who awaits the promise goes on.
 */
export function onSettled<T>(inner: () => T, settled: (how: Settled<unknown>) => void): T {
  let value: T;
  try {
    value = inner();
  } catch (error) {
    settled({ ok: false });
    throw error;
  }
  if (isThenable(value)) {
    value.then(
      (result: unknown) => settled({ ok: true, value: result }),
      () => settled({ ok: false }),
    );
  } else settled({ ok: true, value });
  return value;
}

/** Also promises of other makes. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
