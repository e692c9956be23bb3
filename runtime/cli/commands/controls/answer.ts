import { Option } from "commander";
import type { Concerned, ControlAnswer, ControlDocument } from "../../../operations/documents/controls.js";
import { counted, span, tally } from "../../operator/text.js";
import { duration } from "../../options.js";

export const untilOption = () =>
  new Option(
    "--until <DURATION>",
    "end it by itself after this time, such as 2h (default: until somebody does)",
  ).argParser((value) => new Date(Date.now() + duration(value)).toISOString());

/** Work in flight that a control concerns, as "3 pending, 1 processing". */
export function concernedText({ tasks, ...counts }: Concerned): string {
  const text = tally({ ...counts });
  return text === ""
    ? "nothing in flight"
    : `${text}${tasks === null || tasks < 2 ? "" : ` of ${counted(tasks, "task")}`}`;
}

/** One line about a control, such as "pause of task issues.cleanup by ada, for 2h more: deploy". */
function controlText(control: ControlDocument, now = Date.now()): string {
  const { kind, subject, args = {}, kwargs = {}, by, reason, until, source, line, reach } = control;
  const conditions = [...Object.entries(args), ...Object.entries(kwargs)].map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  const what = kind === "kill" ? `kill rule of task ${subject}` : `pause of ${kind} ${subject}`;
  const where =
    source === "file"
      ? ` of the runtime configuration${line === null ? "" : `, line ${line}`}`
      : ` by ${by ?? "somebody"}`;
  const end = until === null ? "" : `, for ${span(Date.parse(until) - now)} more`;
  return [
    `${what}${conditions.length === 0 ? "" : ` where ${conditions.join(" or ")}`}${where}${end}`,
    ...(reach === "broker" ? ["on this broker only"] : []),
    ...(reason === "" ? [] : [reason]),
  ].join(": ");
}

/** What a change of a control did, or would do. */
export function answerText({ control, concerned, drops }: ControlAnswer, past: string, dryRun: boolean): string[] {
  if (control === null) return ["nothing to end: it is not in force"];
  const dropped =
    drops === undefined
      ? []
      : [
          `${drops.lookedAt < drops.of ? "at least " : ""}${counted(drops.matched, "waiting activation")} match${drops.lookedAt < drops.of ? ` (looked at ${drops.lookedAt} of ${drops.of})` : ""}, ${drops.atOnce} are dropped at once`,
        ];
  return [
    `${dryRun ? "would be " : ""}${past}: ${controlText(control)}`,
    ...dropped,
    `concerned: ${concernedText(concerned)}`,
  ];
}
