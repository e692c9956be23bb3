import type { Clock } from "../../../base/clock.js";
import type { Logger } from "../../../base/logger.js";
import { within } from "../../../base/within.js";
import type { PoolModel } from "../../../model/model.js";
import type { Security } from "../../../wire/security/security.js";
import type { Fetches } from "../fetches.js";
import { ApplicationPush } from "./application-push.js";
import { Target, type TargetState } from "./target.js";

/** How long a stop waits for the answers to pushes. */
const STOP_MS = 3000;

/** Pushes the activations of the pool's push applications to their workers. */
export class Push {
  readonly #applications: readonly ApplicationPush[];
  readonly #clock: Clock;

  constructor(
    applications: NonNullable<PoolModel["push"]>,
    fetches: Fetches,
    clock: Clock,
    logger: Logger,
    security: Security,
  ) {
    this.#clock = clock;
    this.#applications = applications.map(
      ({ application, addresses }) =>
        new ApplicationPush(application, fetches, clock, (changed) =>
          addresses.map((address) => new Target(address, clock, logger, security, changed)),
        ),
    );
  }

  /** All addresses that are pushed to. */
  get targets(): (TargetState & { readonly application: string })[] {
    return this.#applications.flatMap(({ application, targets }) =>
      targets.map((target) => ({ ...target, application })),
    );
  }

  /** Returns work that was not sent, and waits up to STOP_MS for the answers to what was. */
  async stop(): Promise<void> {
    const answered = Promise.all(this.#applications.map((application) => application.stop()));
    await within(this.#clock, STOP_MS, answered);
    for (const application of this.#applications) application.close();
  }
}
