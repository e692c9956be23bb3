import type { ScheduleDocument } from "../../../../runtime/operations/documents/front.js";

interface NextRun extends Pick<ScheduleDocument, "task" | "name" | "words"> {
  readonly at: string;
}

/** The next runs of all schedules, the first one first, each schedule once. */
export function nextRuns(schedules: readonly ScheduleDocument[], most: number): NextRun[] {
  return schedules
    .flatMap(({ task, name, words, next: [at] }) => (at === undefined ? [] : [{ task, name, words, at }]))
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .slice(0, most);
}
