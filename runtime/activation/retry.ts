import { uuidv5 } from "../base/ids.js";
import type { RetryPolicy } from "../model/model.js";
import { RetryState, TaskActivation } from "../wire/proto/taskbroker.js";
import { LONGEST_SECONDS } from "./encoding/bounds.js";
import { decodeWire } from "./encoding/codec.js";
import { chainOf, namesOf, namesOfOne } from "./error-names.js";
import { CHOSEN_ID_HEADER } from "./headers.js";
import type { Reason } from "./reasons.js";

/** UUID namespace of retry ids. Each id determines the next one, so publishing a retry twice does not fork the chain. */
const RETRY_SPACE = "0b1c1f0e-6b0e-5a5c-9d3f-7a1f3c7d52e1";
/** Header of every further run: the id of the first. */
export const ROOT_HEADER = "taskwire-root";

const LARGEST_UINT32 = 2 ** 32 - 1;

interface NextRun {
  readonly id: string;
  /** Key of its record: duplicates reach the same partition, also those of an id that the caller chose. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** The id of the run that follows a failed one; `attempts`: how many runs of the chain have then finished. */
export function nextId(failed: string, attempts: number): string {
  return uuidv5(RETRY_SPACE, `${failed}:${attempts}`).replaceAll("-", "");
}

/**
 * The activation of the next run after a failed one: one more attempt, received `now`, from where its expiry counts.
 * `delay` (whole seconds, at most ten years) overrides the activation's own delay, `maxAttempts` its limit.
 * Everything else stays the same, fields unknown to this version included. Throws UndecodableError.
 */
export function nextRun(
  bytes: Uint8Array,
  change: { readonly delay?: number; readonly maxAttempts?: number; readonly now: number },
): NextRun {
  const failed = decodeWire(bytes);
  const state = failed.retryState ?? RetryState.decode(new Uint8Array(0));
  const attempts = Math.min(state.attempts + 1, LARGEST_UINT32);
  const id = nextId(failed.id, attempts);
  const headers = new Map(failed.headers);
  const root = headers.get(ROOT_HEADER) ?? failed.id;
  headers.set(ROOT_HEADER, root);
  const asked = change.delay === undefined ? state.delayOnRetry : BigInt(change.delay);
  const delay = asked !== undefined && asked > LONGEST_SECONDS ? BigInt(LONGEST_SECONDS) : asked;
  const seconds = Math.floor(change.now / 1000);
  const next = TaskActivation.encode({
    ...failed,
    id,
    headers,
    receivedAt: { seconds: BigInt(seconds), nanos: Math.floor(change.now - seconds * 1000) * 1_000_000 },
    retryState: { ...state, attempts, maxAttempts: change.maxAttempts ?? state.maxAttempts },
    delay: delay === 0n ? undefined : delay,
  });
  return { id, key: headers.has(CHOSEN_ID_HEADER) ? root : id, bytes: next.finish() };
}

export type RetryDecision =
  | { readonly kind: "retry"; readonly delay: number; readonly maxAttempts: number }
  | { readonly kind: "failure"; readonly reason: Reason };

/** Errors that no policy retries. */
const NEVER = ["ParameterError", "PermanentError"];

/**
 * Decides between retry and failure after a run threw, by the task's policy and the number of runs so far. At-most-once
 * tasks are never retried.
 */
export function decideRetry(
  policy: RetryPolicy | undefined,
  { attempts, atMostOnce = false }: Pick<RetryState, "attempts"> & Partial<Pick<RetryState, "atMostOnce">>,
  error: unknown,
  random: () => number = Math.random,
): RetryDecision {
  const names = namesOf(error);
  const reason = reasonOf(error);
  const failure: RetryDecision = { kind: "failure", reason };
  if (policy === undefined || atMostOnce || NEVER.some((name) => names.has(name))) return failure;
  const exhausted: RetryDecision = policy.times > 1 ? { kind: "failure", reason: usedUp(reason) } : failure;
  if (names.has("NoRetriesRemainingError")) return exhausted;
  if (!names.has("RetryTaskError")) {
    if (policy.ignore?.some((name) => names.has(name)) === true) return failure;
    if (policy.on !== undefined && !policy.on.some((name) => names.has(name))) return failure;
  }
  if (attempts + 1 >= policy.times) return exhausted;
  return { kind: "retry", delay: askedDelay(error) ?? retryDelay(policy, attempts, random), maxAttempts: policy.times };
}

/** The reason of a run that the error ended, before it is decided whether it is retried. */
export function reasonOf(error: unknown): Reason {
  return namesOf(error).has("ProcessingDeadlineExceeded") ? "deadline_exceeded" : "error";
}

/** The error name that decided: one that is never retried, or one in `ignore` or `on`; undefined: none of them. */
export function countedName(policy: RetryPolicy | undefined, error: unknown): string | undefined {
  const names = namesOf(error);
  const never = NEVER.find((name) => names.has(name));
  if (never !== undefined || ["RetryTaskError", "NoRetriesRemainingError"].some((name) => names.has(name)))
    return never;
  return [...(policy?.ignore ?? []), ...(policy?.on ?? [])].find((name) => names.has(name));
}

/** The reason of a failed run when no further one is allowed: the more specific of `reason` and attempts_exceeded. */
export function usedUp(reason: Reason): Reason {
  return reason === "error" || reason === "reported" ? "attempts_exceeded" : reason;
}

/** Whether `on` or `ignore` with these names matches the error. */
export function isNamed(error: unknown, names: readonly string[]): boolean {
  const own = namesOf(error);
  return names.some((name) => own.has(name));
}

/** The delay of the first RetryTaskError, recognized by name because it may come from another copy of the package. */
function askedDelay(error: unknown): number | undefined {
  for (const each of chainOf(error)) {
    if (namesOfOne(each).has("RetryTaskError") && "delay" in each && typeof each.delay === "number") return each.delay;
  }
  return undefined;
}

/** Whole seconds until the next run, rounded up. `attempts`: finished runs before the one that failed. Exported for tests. */
export function retryDelay(policy: RetryPolicy, attempts: number, random: () => number = Math.random): number {
  const factor = policy.backoff === "exponential" ? 2 ** Math.min(attempts, 52) : 1;
  const seconds = Math.min(policy.delay * factor, policy.maxDelay ?? Number.POSITIVE_INFINITY) / 1000;
  const spread = Math.ceil(seconds * policy.jitter);
  const jittered = seconds - spread + Math.ceil(random() * 2 * spread);
  const longest = (policy.maxDelay ?? Number.POSITIVE_INFINITY) / 1000;
  return Math.max(0, Math.min(Math.ceil(jittered), Math.ceil(longest), Number.MAX_SAFE_INTEGER));
}
