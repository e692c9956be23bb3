import type { Policy } from "../events.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import { namesOf } from "../states/activation-names.js";
import type { Lifecycle } from "../states/lifecycle.js";

/** Rows judged at a time after a change of the policy. */
const SLICE = 1000;

const KEEP_ALL: Policy = { judge: () => "keep" };

/** Drops and forwards activations as the runtime configuration demands: when they come in, and when it changes. */
export class RuntimePolicy {
  readonly #parts: Pick<Parts, "step" | "rows">;
  readonly #lifecycle: Lifecycle;
  #policy = KEEP_ALL;
  #sweep: Iterator<Row> | undefined;

  constructor(parts: Parts, lifecycle: Lifecycle) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
  }

  change(policy: Policy): void {
    this.#policy = policy;
    this.#sweep = this.#parts.rows[Symbol.iterator]();
  }

  /** Ends a pending or delayed row when the policy drops or demotes it; true when it did. */
  apply(row: Row): boolean {
    const verdict = this.#policy.judge(row.facts);
    if (verdict === "keep") return false;
    if (verdict === "drop") {
      this.#lifecycle.settle(row, "killswitched");
      this.#parts.step.log("info", "discarded", { ...namesOf(row.facts), reason: "killswitch" });
    } else {
      row.transient = false;
      this.#lifecycle.end(row, "retry", { reason: "demoted", error: "", demoted: true });
    }
    return true;
  }

  /** Goes on with the rows that were there when the policy changed. */
  upkeep(): void {
    for (let count = 0; count < SLICE && this.#sweep !== undefined; count += 1) {
      const next = this.#sweep.next();
      if (next.done === true) this.#sweep = undefined;
      else if ((next.value.state === "pending" || next.value.state === "delayed") && !next.value.transient)
        this.apply(next.value);
    }
  }

  get sweeping(): boolean {
    return this.#sweep !== undefined;
  }
}
