import { SLOT_HEADER } from "../activation/headers.js";
import { hash64, uuidv5 } from "../base/ids.js";
import { recordOf } from "../client/records.js";
import type { LogRecord } from "../log/port.js";
import type { Entry } from "./entry.js";

/** UUID namespace of slot ids. */
const SLOT_SPACE = "5d0f7d4e-34c1-5f0e-9d57-2c1b6f8a90e3";

/** The same task and slot give the same id in every process. Exported for tests. */
export function slotId(application: string, task: string, slot: number): string {
  return uuidv5(SLOT_SPACE, `${application}:${task}:${slot}`).replaceAll("-", "");
}

/** The activation of a slot, with its id as the key. The delay within the jitter is derived from the id. */
export async function slotRecord({ facts, schedule, parameters }: Entry, slot: number): Promise<LogRecord> {
  const id = slotId(facts.application, facts.name, slot);
  const spread = BigInt(schedule.jitter / 1000 + 1);
  const delay = Number(hash64(id) % spread);
  const record = await recordOf(facts, parameters, id, {
    delay: delay === 0 ? undefined : delay,
    expires: facts.expires === undefined ? undefined : facts.expires / 1000,
    headers: new Map([[SLOT_HEADER, new Date(slot).toISOString()]]),
    chosenId: false,
  });
  return { ...record, key: id };
}
