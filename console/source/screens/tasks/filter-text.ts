import type { TextKey } from "../../../../runtime/operations/filter/filter.js";
import { printFilter } from "../../../../runtime/operations/filter/print.js";

/** The text of a filter for these values, quoted where that is needed. */
export function filterText(values: Readonly<Partial<Record<TextKey, string | readonly string[]>>>): string {
  return printFilter(
    TEXT_KEYS.flatMap((key) => {
      const of = values[key];
      if (of === undefined) return [];
      const all = typeof of === "string" ? [of] : of;
      return [{ kind: "text" as const, key, values: all.map((text) => ({ text, prefix: false })) }];
    }),
  );
}

const TEXT_KEYS: readonly TextKey[] = [
  "state",
  "app",
  "ns",
  "task",
  "topic",
  "id",
  "worker",
  "end",
  "reason",
  "fp",
  "error",
];
