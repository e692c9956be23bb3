import type { ControlsChange } from "../../../../runtime/operations/documents/front.js";
import { count as number } from "../../parts/text/number.ts";

/** What a control would concern now, over all brokers, as sentences. */
export function forecastWords({ brokers }: Pick<ControlsChange, "brokers">): readonly string[] {
  const sum = (of: (each: ControlsChange["brokers"][number]) => number) =>
    brokers.reduce((total, each) => total + of(each), 0);
  const waiting = sum(({ concerned: { pending, parked } }) => pending + parked);
  const delayed = sum(({ concerned }) => concerned.delayed);
  const running = sum(({ concerned }) => concerned.processing);
  const words = [`${number(waiting)} wait, ${number(delayed)} are delayed, ${number(running)} run.`];
  if (brokers.some(({ drops }) => drops !== undefined)) {
    const matched = sum(({ drops }) => drops?.matched ?? 0);
    const atOnce = sum(({ drops }) => drops?.atOnce ?? 0);
    const looked = sum(({ drops }) => drops?.lookedAt ?? 0);
    const of = sum(({ drops }) => drops?.of ?? 0);
    words.push(
      `${looked < of ? "At least " : ""}${number(matched)} would be dropped, ${number(atOnce)} of them at once.`,
      ...(looked < of ? [`Looked at ${number(looked)} of ${number(of)}.`] : []),
    );
  }
  return words;
}
