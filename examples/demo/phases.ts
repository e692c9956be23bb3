import { dynamicSampling } from "../../generated/index.js";
import type { BrokerStatus } from "./broker-status.js";
import { brokerQuiet, type Waiting } from "./completion.js";

/** Time for one phase with all its follow-up work, milliseconds; it includes the retry delays of the webhooks. */
const PHASE_MS = 30_000;

interface Phase {
  readonly title: string;
  readonly send: () => Promise<unknown>;
}

/** In the order in which the tasks need each other's results: base rates, factors and project rates, transaction rates. */
export const PHASES: readonly [Phase, Phase, Phase] = [
  { title: "base rates", send: () => dynamicSampling.slidingWindowOrg.delay() },
  {
    title: "factors and project rates",
    send: () => Promise.all([dynamicSampling.recalibrateOrgs.delay(), dynamicSampling.boostLowVolumeProjects.delay()]),
  },
  { title: "transaction rates", send: () => dynamicSampling.boostLowVolumeTransactions.delay() },
];

/** Sends the tasks of each phase and waits until the broker has settled all follow-up work. Returns its last status. */
export async function runPhases(
  broker: Pick<Waiting, "http" | "token" | "signal">,
  look: (phase: Phase, done: number) => void,
): Promise<BrokerStatus> {
  const [first, ...rest] = PHASES;
  const run = async (phase: Phase, done: number) => {
    await phase.send();
    return brokerQuiet({ ...broker, timeout: PHASE_MS, look: () => look(phase, done) });
  };
  let status = await run(first, 0);
  for (const [index, phase] of rest.entries()) status = await run(phase, index + 1);
  return status;
}
