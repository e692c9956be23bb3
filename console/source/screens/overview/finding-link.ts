import type { Code } from "../../../../runtime/operations/diagnose/codes.js";
import type { Finding } from "../../../../runtime/operations/diagnose/finding.js";
import type { ScreenName, Search } from "../../data/routes.ts";
import { filterText } from "../tasks/filter-text.ts";

/** Where a person looks further at a finding, or does what its hint says. */
interface FindingLink {
  readonly label: string;
  readonly screen: ScreenName;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Search;
}

const CONTROLS: FindingLink = { label: "Controls", screen: "controls" };
const WORKERS: FindingLink = { label: "Workers", screen: "workers" };
const SCHEDULES: FindingLink = { label: "Schedules", screen: "schedules" };
const BROKERS: FindingLink = { label: "Brokers", screen: "brokers" };

/** Findings whose place is not that of their subject. */
const BY_CODE: Readonly<Partial<Record<Code, FindingLink>>> = {
  paused: CONTROLS,
  controls_apart: CONTROLS,
  work_dropped: CONTROLS,
  namespace_demoted: CONTROLS,
  configuration_invalid: CONTROLS,
  configuration_doubtful: CONTROLS,
  no_worker: WORKERS,
  slots_busy: WORKERS,
  calls_refused: WORKERS,
  push_target_silent: WORKERS,
  start_gate: WORKERS,
  letters_deleted_soon: { label: "Dead letters", screen: "letters" },
  schedules_unreadable: SCHEDULES,
  no_scheduler: SCHEDULES,
  schedule_missed: SCHEDULES,
  schedule_paused: SCHEDULES,
};

export function linkOf({ code, subject }: Finding): FindingLink {
  const own = BY_CODE[code];
  if (own !== undefined) return own;
  switch (subject.kind) {
    case "task":
      if (code === "handlers_fail") {
        const q = filterText({ task: subject.name, end: ["retry", "failure", "discarded"] });
        return { label: "Failed runs", screen: "activations", search: { tab: "ended", q } };
      }
      return { label: "The task", screen: "task", params: { name: subject.name } };
    case "namespace":
      return { label: "Its activations", screen: "activations", search: { q: filterText({ ns: subject.name }) } };
    case "worker":
    case "application":
      return WORKERS;
    case "broker":
    case "pool":
    case "cluster":
    case "topic":
      return BROKERS;
  }
}
