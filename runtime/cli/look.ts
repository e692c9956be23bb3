import { messageOf, TaskwireError } from "../base/errors.js";
import type { Silent } from "../operations/diagnose/causes/fleet.js";
import type { Observed } from "../operations/diagnose/finding.js";
import type { Status } from "../operations/status/document.js";
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

/** The errors of a call end with what to do. */
function silentOf(broker: string, message: string): Silent {
  const at = message.indexOf("; ");
  return at < 0 ? { broker, error: message } : { broker, error: message.slice(0, at), hint: message.slice(at + 2) };
}

/** Throws TaskwireError `broker_too_old` for a document of before operations. */
function statusOf(json: string, broker: string): Status {
  const document: Status = JSON.parse(json);
  const api: unknown = Reflect.get(Object(Reflect.get(Object(document), "broker")), "api");
  if (api === 1) return document;
  throw new TaskwireError(
    "broker_too_old",
    `the status of the broker at ${broker} is of another version of taskwire (api ${String(api)}, expected 1); use the command of its version, or upgrade it`,
  );
}
