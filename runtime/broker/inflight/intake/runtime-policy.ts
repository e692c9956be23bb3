import { type Core, namesOf } from "../core.js";
import type { Policy } from "../events.js";
import type { Row } from "../row.js";

/** Rows looked at at a time after a change of the policy. */
const SLICE = 1000;

const KEEP_ALL: Policy = { judge: () => "keep" };

/** Drops and forwards what the runtime configuration says: when it comes in, and when the configuration changes. */
export class Policing {
  readonly #core: Core;
  #policy = KEEP_ALL;
  #sweep: Iterator<Row> | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  change(policy: Policy): void {
    this.#policy = policy;
    this.#sweep = this.#core.rows;
  }

  /** Takes a pending or delayed row out when the policy says so; true when it did. */
  apply(row: Row): boolean {
    const verdict = this.#policy.judge(row.facts);
    if (verdict === "keep") return false;
    if (verdict === "drop") {
      this.#core.settle(row, "killswitched");
      const fields = { ...namesOf(row.facts), reason: "killswitch" };
      this.#core.emit({ kind: "log", level: "info", message: "discarded", fields });
    } else {
      row.ending = { reason: "demoted", error: "", demoted: true };
      row.transient = false;
      this.#core.move(row, "retry");
      this.#core.publish(row);
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
