import { dynamicSampling } from "../../generated/index.js";
import type { BrokerStatus } from "./broker-status.js";
import { brokerQuiet, type Waiting } from "./completion.js";

/** For one phase with all that follows from it, milliseconds; the retry delays of the webhooks are part of it. */
const PHASE_MS = 30_000;

export interface Phase {
  readonly title: string;
  readonly send: () => Promise<unknown>;
}

/** What the four tasks need of each other decides the order: base rates, then factors and project rates, then transactions. */
export const PHASES: readonly [Phase, Phase, Phase] = [
  { title: "sliding window", send: () => dynamicSampling.slidingWindowOrg.delay() },
  {
    title: "recalibration and projects",
    send: () => Promise.all([dynamicSampling.recalibrateOrgs.delay(), dynamicSampling.boostLowVolumeProjects.delay()]),
  },
  { title: "transactions", send: () => dynamicSampling.boostLowVolumeTransactions.delay() },
];

/** Sends the tasks of each phase and waits until the broker has settled all that follows. Gives its last status. */
export async function runPhases(
  broker: Pick<Waiting, "http" | "signal">,
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
