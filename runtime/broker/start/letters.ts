import type { Verb } from "../../operations/verb.js";
import type { Jobs } from "../jobs/jobs.js";
import { Plans } from "../jobs/plans.js";
import { Resolver } from "../letters/resolve/resolver.js";
import { letterVerbs } from "../letters/verbs/verbs.js";
import type { BrokerOptions } from "../options.js";
import type { Parts } from "./parts.js";
import type { Shutdown } from "./shutdown.js";

/** The verbs of dead letters; nothing is opened before the first call. */
export function lettersOf(
  { environment, declared }: BrokerOptions,
  { letters, topics, logOf, clock }: Parts,
  jobs: Jobs,
  shutdown: Shutdown,
): readonly Verb[] {
  shutdown.onDrain(() => letters.close());
  const routes = { environment, topics, declared: () => declared?.().namespaces, logOf };
  return letterVerbs({ letters, resolver: new Resolver(routes, clock), jobs, plans: new Plans(clock), clock });
}
