import {
  CHUNK_SIZE,
  computeGuardedSlidingWindowSampleRate,
  EXECUTED_MARK,
  EXECUTED_MARK_LIFE_MS,
  GetActiveOrgsVolumes,
  HOUR,
  type OrganizationVolume,
  RATE_LIFE_MS,
  rateKeys,
  slidingWindowSize,
  type TaskContext,
  TimedIterator,
} from "taskwire/sampling";
import { optionOf } from "../option.js";
import type { SamplingPorts } from "../ports.js";

const ADJUST = "adjust_base_sample_rate_of_org";
const COMPUTE = "compute_guarded_sliding_window_sample_rate";
const UPDATE = "redis_updates";

/** dynamic-sampling.md 15.4: the base rate of each organization, then the mark that it ran; a timeout leaves no mark. */
export async function slidingWindowOrg(ports: SamplingPorts, context: TaskContext): Promise<void> {
  const { volumes, rates, options } = ports;
  const hours = slidingWindowSize(await optionOf(options, "dynamic-sampling:sliding_window.size"));
  if (hours === null) return;
  const active = new GetActiveOrgsVolumes(volumes, {
    maxOrgs: CHUNK_SIZE,
    interval: hours * HOUR,
    includeKeep: false,
  });
  for await (const batch of new TimedIterator(context, active)) {
    for (const volume of batch) {
      context.checkTime();
      const stored = await context.getTimer(ADJUST).run(() => adjust(ports, context, volume, hours));
      if (stored) context.incrFunctionState(ADJUST, { numOrgs: 1, numIterations: 1 });
    }
  }
  await rates.set(rateKeys.slidingWindowExecuted, EXECUTED_MARK, EXECUTED_MARK_LIFE_MS);
}

/** Whether there was a rate to store; without one the former rate stays. */
async function adjust(
  { quotas, rates, instruments }: SamplingPorts,
  context: TaskContext,
  { orgId, total }: OrganizationVolume,
  hours: number,
): Promise<boolean> {
  const window = { orgId, projectId: null, volume: total, hours };
  const rate = await context
    .getTimer(COMPUTE)
    .run(() => computeGuardedSlidingWindowSampleRate(window, quotas, instruments, context));
  context.incrFunctionState(COMPUTE, { numIterations: 1 });
  if (rate === null) return false;
  await context
    .getTimer(UPDATE)
    .run(async () => rates.set(rateKeys.slidingWindowRate(orgId), String(rate), RATE_LIFE_MS));
  context.incrFunctionState(UPDATE, { numIterations: 1 });
  return true;
}
