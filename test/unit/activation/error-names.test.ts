import { describe, expect, it } from "vitest";
import { PermanentError } from "#runtime/activation/errors.js";
import type { RetryPolicy } from "#runtime/model/model.js";
import { resultOfError } from "#runtime/worker/child/retry-decision.js";
import { factsOf } from "../../support/tasks/task-facts.js";

const policy: RetryPolicy = { times: 3, timesExceeded: "deadletter", delay: 1000, backoff: "fixed", jitter: 0 };

class RuntimeError extends Error {}
class Named extends Error {
  override readonly name = "Shown";
}
class Timeout extends RuntimeError {}
class Gone extends PermanentError {}

/** What a run's result says of the error, by the policy. */
function shown(error: unknown, change: Partial<RetryPolicy> = {}): string {
  const retry = { attempts: 0, maxAttempts: 3, onExceeded: "deadletter", atMostOnce: false, delay: undefined } as const;
  const result = resultOfError(error, factsOf({ retry: { ...policy, ...change } }), { retry });
  if (result.kind === "complete") return "complete";
  if (result.stack !== undefined) expect(result.stack.split("\n")[0]).toBe(result.error);
  return result.error;
}

describe("the error of a failed run", () => {
  it.each<[string, unknown, Partial<RetryPolicy>, string]>([
    ["the name of its class, which `on` matched", new RuntimeError("x"), { on: ["RuntimeError"] }, "RuntimeError: x"],
    ["the name of its class also where nothing matched", new RuntimeError("x"), { on: ["Other"] }, "RuntimeError: x"],
    ["the name that it sets", Object.assign(new Error("x"), { name: "Busy" }), { on: ["Busy"] }, "Busy: x"],
    ["the name that its class sets", new Named("x"), {}, "Shown: x"],
    ["the matched class beside one that sets a name", new Named("x"), { on: ["Named"] }, "Shown (Named): x"],
    ["the matched base class beside its own", new Timeout("x"), { on: ["RuntimeError"] }, "Timeout (RuntimeError): x"],
    ["the name that `ignore` matched", new Timeout("x"), { ignore: ["Timeout"], on: ["RuntimeError"] }, "Timeout: x"],
    [
      "the cause that counted",
      new Error("sending failed", { cause: new Timeout("after 3 s") }),
      { on: ["RuntimeError"] },
      "Error: sending failed; caused by Timeout (RuntimeError): after 3 s",
    ],
    ["what makes it permanent", new Gone("x"), {}, "Gone (PermanentError): x"],
    ["what was thrown that is no error", "just text", {}, "just text"],
  ])("shows %s", (_, error, change, text) => {
    expect(shown(error, change)).toBe(text);
  });

  it("is shown whatever its getters do", () => {
    const hostile = Object.defineProperty(new RuntimeError("x"), "message", {
      get() {
        throw new Error("no");
      },
    });
    expect(shown(hostile)).toBe("RuntimeError");
    expect(shown(hostile, { on: ["RuntimeError"] })).toBe("RuntimeError");
  });
});
