import { describe, expect, it } from "vitest";
import type { Activation } from "#runtime/activation/activation.js";
import { decodeActivation, encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import {
  NoRetriesRemainingError,
  ParameterError,
  PermanentError,
  ProcessingDeadlineExceeded,
  RetryTaskError,
} from "#runtime/activation/errors.js";
import { decideRetry, nextRun, ROOT_HEADER, retryDelay } from "#runtime/activation/retry.js";
import type { RetryPolicy } from "#runtime/model/model.js";

const policy: RetryPolicy = { times: 3, timesExceeded: "deadletter", delay: 10_000, backoff: "fixed", jitter: 0 };

class WebhookUnavailable extends Error {}
class Timeout extends WebhookUnavailable {}

function decide(error: unknown, change: Partial<RetryPolicy> = {}, attempts = 0) {
  return decideRetry({ ...policy, ...change }, { attempts }, error, () => 0.5);
}

describe("the retry decision", () => {
  it("gives as many runs as the policy says, counting the one that failed", () => {
    expect(decide(new Error("x"), {}, 0)).toEqual({ kind: "retry", delay: 10, maxAttempts: 3 });
    expect(decide(new Error("x"), {}, 1)).toMatchObject({ kind: "retry" });
    expect(decide(new Error("x"), {}, 2)).toEqual({ kind: "failure", reason: "attempts_exceeded" });
  });

  it("retries nothing without a policy", () => {
    expect(decideRetry(undefined, { attempts: 0 }, new Error("x"))).toEqual({ kind: "failure", reason: "error" });
  });

  it("matches any class of the prototype chain, error.name and causes", () => {
    expect(decide(new Timeout("x"), { on: ["WebhookUnavailable"] }).kind).toBe("retry");
    expect(decide(Object.assign(new Error("x"), { name: "Busy" }), { on: ["Busy"] }).kind).toBe("retry");
    expect(decide(new Error("x", { cause: new Timeout("y") }), { on: ["Timeout"] }).kind).toBe("retry");
    expect(decide(new Error("x"), { on: ["WebhookUnavailable"] })).toEqual({ kind: "failure", reason: "error" });
  });

  it("lets ignore win over on", () => {
    expect(decide(new Timeout("x"), { on: ["WebhookUnavailable"], ignore: ["Timeout"] }).kind).toBe("failure");
  });

  it("never retries a parameter error and lets a missed deadline be named like any error", () => {
    expect(decide(new ParameterError("a.b", []))).toEqual({ kind: "failure", reason: "error" });
    expect(decide(new ProcessingDeadlineExceeded("a.b", 5)).kind).toBe("retry");
    expect(decide(new ProcessingDeadlineExceeded("a.b", 5), { on: ["Other"] })).toEqual({
      kind: "failure",
      reason: "deadline_exceeded",
    });
  });

  it("runs again when the handler asks for it, with its delay, while runs are left", () => {
    expect(decide(new RetryTaskError("later", { delay: 7 }), { on: ["Other"] })).toMatchObject({
      kind: "retry",
      delay: 7,
    });
    expect(decide(new RetryTaskError("later", { delay: 7 }), {}, 2).kind).toBe("failure");
    expect(decide(new Error("x", { cause: new RetryTaskError("later", { delay: "2m" }) }))).toMatchObject({
      delay: 120,
    });
    const foreign = Object.assign(new Error("of another copy"), { name: "RetryTaskError", delay: 9 });
    expect(decide(foreign, { on: ["Other"] })).toMatchObject({ kind: "retry", delay: 9 });
  });

  it("never retries a permanent error, nor what may run at most once, nor a run that has used up its chain", () => {
    expect(decide(new PermanentError("x"), { on: ["PermanentError"] })).toEqual({ kind: "failure", reason: "error" });
    expect(decide(new RetryTaskError("x", { cause: new PermanentError("y") })).kind).toBe("failure");
    expect(decideRetry(policy, { attempts: 0, atMostOnce: true }, new Error("x"))).toEqual({
      kind: "failure",
      reason: "error",
    });
    expect(decide(new NoRetriesRemainingError("t", 1), { on: ["Other"] })).toEqual({
      kind: "failure",
      reason: "attempts_exceeded",
    });
  });

  it("ends with causes that go in a circle", () => {
    const error = new Error("x");
    error.cause = error;
    expect(decide(error).kind).toBe("retry");
  });
});

describe("the retry delay", () => {
  it("doubles under exponential backoff up to its maximum", () => {
    const growing: RetryPolicy = { ...policy, backoff: "exponential", maxDelay: 60_000 };
    expect([0, 1, 2, 3, 50].map((attempts) => retryDelay(growing, attempts))).toEqual([10, 20, 40, 60, 60]);
  });

  it("draws jitter in whole seconds on both sides and stays below the maximum", () => {
    const jittered: RetryPolicy = { ...policy, jitter: 0.2, maxDelay: 11_000 };
    expect(retryDelay(jittered, 0, () => 0)).toBe(8);
    expect(retryDelay(jittered, 0, () => 0.999)).toBe(11);
  });
});

describe("the next run of a failed one", () => {
  const failed: Activation = {
    id: "first",
    namespace: "issues",
    task: "t",
    application: "sentry",
    headers: new Map([["mine", "kept"]]),
    receivedAt: 1_000_000,
    parameters: Uint8Array.of(1, 2, 3),
    retry: { ...NO_RETRY_STATE, maxAttempts: 3, onExceeded: "deadletter", delay: 4 },
    deadline: 30,
    expires: 60,
    delay: 9,
  };

  it("has one more attempt, the policy's delay, the root's id and the same parameters", () => {
    const next = decodeActivation(nextRun(encodeActivation(failed), { now: 2_000_000 }).bytes);
    expect(next).toMatchObject({ receivedAt: 2_000_000, delay: 4, expires: 60, parameters: failed.parameters });
    expect(next.retry).toEqual({ ...failed.retry, attempts: 1 });
    expect(next.headers.get(ROOT_HEADER)).toBe("first");
    expect(next.headers.get("mine")).toBe("kept");
  });

  it("gets the same id however often it is made, another one at the next link", () => {
    const once = nextRun(encodeActivation(failed), { now: 1 });
    const again = nextRun(encodeActivation(failed), { now: 2, delay: 5 });
    expect(again.id).toBe(once.id);
    expect(nextRun(once.bytes, { now: 3 }).id).not.toBe(once.id);
    expect(decodeActivation(nextRun(once.bytes, { now: 3 }).bytes).headers.get(ROOT_HEADER)).toBe("first");
  });

  it("takes delay and bound of the outcome before its own", () => {
    const next = decodeActivation(nextRun(encodeActivation(failed), { now: 1, delay: 5, maxAttempts: 9 }).bytes);
    expect(next).toMatchObject({ delay: 5, retry: { maxAttempts: 9 } });
    expect(decodeActivation(nextRun(encodeActivation(failed), { now: 1, delay: 0 }).bytes).delay).toBeUndefined();
  });
});
