import { z } from "zod";
import { TaskwireError } from "../base/errors.js";
import type { Watermark } from "./decide.js";
import type { EntryState } from "./watermarks.js";

const time = z.number().nonnegative();
const watermarkSchema = z.object({
  until: time,
  plan: z.string(),
  claim: z.object({ slot: time, at: time }).optional(),
});
const pauseSchema = z.object({ paused: z.boolean(), at: time });

/** Throws TaskwireError `bad_schedule_state`. */
export function watermarkOf(text: string): Watermark {
  const { claim, ...watermark } = read(watermarkSchema, text);
  return claim === undefined ? watermark : { ...watermark, claim };
}

/** Throws TaskwireError `bad_schedule_state`. */
export function pauseOf(text: string): NonNullable<EntryState["pause"]> {
  return read(pauseSchema, text);
}

/** Equal watermarks have the same text. */
export function watermarkText({ until, plan, claim }: Watermark): string {
  return JSON.stringify(
    claim === undefined ? { until, plan } : { until, plan, claim: { slot: claim.slot, at: claim.at } },
  );
}

/** The text to compare watermarks by; undefined for none. */
export function textOf(watermark: Watermark | undefined): string | undefined {
  return watermark === undefined ? undefined : watermarkText(watermark);
}

function read<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new TaskwireError("bad_schedule_state", `expected the state of a schedule, got ${text.slice(0, 80)}`);
}
