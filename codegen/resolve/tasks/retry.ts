import type { RetryPolicy } from "taskwire/model";
import type { Entry, RetryPolicySpec, TaskSpec } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { quoted } from "../../read/node.js";
import type { Sections } from "../../validate/sections.js";

type RetryEntry = NonNullable<TaskSpec["retry"]>;

/** What people write for no retry. */
const NO_RETRY = /^(none|never|no|off|disabled)$/i;

/** Resolves retry policies, named or in place. */
export class RetryResolver {
  readonly #sections: Sections;
  readonly #problems: Problems;
  readonly #named = new Map<string, RetryPolicy>();

  constructor(sections: Sections, problems: Problems) {
    this.#sections = sections;
    this.#problems = problems;
    for (const entry of sections.retryPolicies.values()) {
      const policy = this.#policy(entry.value);
      if (policy !== undefined) this.#named.set(entry.key, policy);
    }
  }

  /** Undefined when there is none, or it was reported. */
  resolve(entry: RetryEntry | undefined): RetryPolicy | undefined {
    if (entry === undefined) return undefined;
    if (entry.value.kind === "structure") return this.#policy(entry.value.value);
    const name = entry.value.value;
    const found = this.#named.get(name);
    if (found === undefined && !this.#sections.policyNames.has(name)) {
      const hint = NO_RETRY.test(name)
        ? "write retry: { times: 1 } for one run and no retry"
        : didYouMean(name, [...this.#sections.policyNames], "known policies");
      const expected = "the name of a retry policy";
      const { place, path } = entry;
      const declaredIn = "retry_policies";
      const sentence = `unknown retry policy ${quoted(name)}`;
      this.#problems.add(place, {
        code: "unknown_name",
        path,
        expected,
        got: quoted(name),
        sentence,
        hint,
        declaredIn,
      });
    }
    return found;
  }

  #policy(spec: RetryPolicySpec): RetryPolicy | undefined {
    if (spec.times === undefined) return undefined;
    const delay = spec.delay?.value ?? 0;
    const backoff = spec.backoff?.value ?? "fixed";
    this.#checkMaxDelay(spec.max_delay, delay, backoff);
    return {
      times: spec.times.value,
      timesExceeded: spec.times_exceeded?.value ?? "deadletter",
      delay,
      backoff,
      ...(spec.max_delay === undefined ? {} : { maxDelay: spec.max_delay.value }),
      jitter: spec.jitter?.value ?? 0,
      ...(spec.on === undefined ? {} : { on: spec.on.value.map(({ value }) => value) }),
      // An empty `ignore` has no effect; an empty `on` means that no error is retried.
      ...(spec.ignore === undefined || spec.ignore.value.length === 0
        ? {}
        : { ignore: spec.ignore.value.map(({ value }) => value) }),
    };
  }

  #checkMaxDelay(entry: Entry<number> | undefined, delay: number, backoff: string): void {
    if (entry === undefined) return;
    const { path } = entry;
    if (backoff === "fixed") {
      const hint = "add it, or remove max_delay";
      this.#problems.add(entry.keyPlace, {
        code: "bad_retry",
        path,
        expected: "backoff: exponential beside it",
        got: "a fixed delay",
        sentence: "max_delay needs backoff: exponential",
        hint,
      });
    } else if (entry.value < delay) {
      const expected = `at least the delay, ${delay / 1000}s`;
      this.#problems.add(entry.place, { code: "bad_retry", path, expected, got: `${entry.value / 1000}s` });
    }
  }
}
