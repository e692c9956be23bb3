import type { RetryPolicy } from "../../../../runtime/model/model.js";
import { listed, number, span } from "../../../../runtime/operations/diagnose/words.js";

/** A retry policy in a sentence: "up to 5 runs, 10 s apart, doubling up to 5 min; then a dead letter". */
export function policyWords(policy: RetryPolicy | undefined): string {
  if (policy === undefined) return "a failed run is not retried, unless its handler asks for it";
  const { times, delay, backoff, maxDelay, jitter, timesExceeded, on, ignore } = policy;
  const most = maxDelay === undefined ? "" : ` up to ${span(maxDelay)}`;
  const apart = delay === 0 ? "at once" : `${span(delay)} apart${backoff === "exponential" ? `, doubling${most}` : ""}`;
  const spread = jitter === 0 ? "" : `, give or take ${Math.round(jitter * 100)} %`;
  const runs = times === 1 ? "1 run" : `up to ${number(times)} runs, ${apart}${spread}`;
  const which =
    on === undefined
      ? ignore === undefined || ignore.length === 0
        ? ""
        : `, unless it is ${listed(ignore).replace(" and ", " or ")}`
      : on.length === 0
        ? ", only when its handler asks for it"
        : `, only for ${listed(on)}`;
  return `${runs}${which}; then ${timesExceeded === "deadletter" ? "a dead letter" : "it is discarded"}`;
}
