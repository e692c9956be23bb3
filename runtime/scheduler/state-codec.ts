import { z } from "zod";
import { TaskwireError } from "../base/errors.js";
import type { Watermark } from "./decide.js";
import type { EntryState } from "./watermarks.js";

const time = z.number().nonnegative();
const watermarkSchema = z.object({
  until: time,
  plan: z.string(),
  claim: z.object({ slot: time, at: time }).optional(),
  by: z.string().optional(),
  started: z.object({ slot: time, at: time }).optional(),
  missed: z.object({ count: time, first: time, last: time }).optional(),
});
const pauseSchema = z.object({ paused: z.boolean(), at: time });

type OptionalParts = { readonly [Part in "claim" | "by" | "started" | "missed"]?: Watermark[Part] | undefined };

/** Throws TaskwireError `bad_schedule_state`. */
export function watermarkOf(text: string): Watermark {
  const { until, plan, ...known } = read(watermarkSchema, text);
  return { until, plan, ...present(known) };
}

/** Throws TaskwireError `bad_schedule_state`. */
export function pauseOf(text: string): NonNullable<EntryState["pause"]> {
  return read(pauseSchema, text);
}

/** Equal watermarks have the same text. */
export function watermarkText({ until, plan, claim, by, started, missed }: Watermark): string {
  return JSON.stringify({
    until,
    plan,
    claim: claim && { slot: claim.slot, at: claim.at },
    by,
    started: started && { slot: started.slot, at: started.at },
    missed: missed && { count: missed.count, first: missed.first, last: missed.last },
  });
}

/** Without what is undefined. */
function present({ claim, by, started, missed }: OptionalParts): Omit<Watermark, "until" | "plan"> {
  return {
    ...(claim === undefined ? {} : { claim }),
    ...(by === undefined ? {} : { by }),
    ...(started === undefined ? {} : { started }),
    ...(missed === undefined ? {} : { missed }),
  };
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
