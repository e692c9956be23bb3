import { messageOf, TaskwireError } from "../base/errors.js";
import { silentOf } from "../front/silent.js";
import { statusOf } from "../front/status.js";
import type { Silent } from "../operations/diagnose/causes/fleet.js";
import type { Observed } from "../operations/diagnose/finding.js";
import { fetchStatus } from "./status-call.js";

/** The status of every broker, all asked at once; those that give none are named with the error. */
export async function lookAt(
  brokers: readonly string[],
): Promise<{ readonly observed: readonly Observed[]; readonly silent: readonly Silent[] }> {
  const observed: Observed[] = [];
  const silent: Silent[] = [];
  const addresses = [...new Set(brokers)];
  const answers = await Promise.allSettled(
    addresses.map(async (broker) => statusOf(await fetchStatus(broker), broker)),
  );
  for (const [index, answer] of answers.entries()) {
    const broker = addresses[index] ?? "";
    if (answer.status === "fulfilled") observed.push({ broker, status: answer.value });
    else if (answer.reason instanceof TaskwireError) silent.push(silentOf(broker, messageOf(answer.reason)));
    else throw answer.reason;
  }
  return { observed, silent };
}
