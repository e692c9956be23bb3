import { Option } from "commander";
import { duration } from "../options.js";

/** Flags that are parts of a filter. */
export interface FilterFlags {
  readonly filter?: string;
  readonly state?: string;
  readonly task?: string;
  readonly namespace?: string;
  readonly application?: string;
  readonly topic?: string;
  readonly worker?: string;
  readonly olderThan?: string;
}

const KEYS: readonly (readonly [Exclude<keyof FilterFlags, "filter" | "olderThan">, string])[] = [
  ["state", "state"],
  ["task", "task"],
  ["namespace", "ns"],
  ["application", "app"],
  ["topic", "topic"],
  ["worker", "worker"],
];

export const FILTER_HELP = "parts such as state:delayed task:issues.* age>10m args.group_id=5";
export const filterOption = () => new Option("--filter <FILTER>", FILTER_HELP);
export const taskOption = () => new Option("--task <NAME>", "wire name of the task; may end in *");
export const namespaceOption = () => new Option("--namespace <NAME>", "the namespace");
export const applicationOption = () => new Option("--application <NAME>", "the application");
export const topicOption = () => new Option("--topic <NAME>", "the topic");
export const workerOption = () => new Option("--worker <ID>", "the worker");
export const stateOption = (choices: string) => new Option("--state <STATE,...>", choices);
export const olderOption = () =>
  new Option("--older-than <DURATION>", "received longer ago than this, such as 10m").argParser((value) => {
    // Only whether it is one: the filter has it as it is written.
    duration(value);
    return value;
  });

/** In which order a list is printed. */
export interface OrderFlags {
  readonly order: "oldest" | "newest";
}

export const orderOption = (first: OrderFlags["order"]) =>
  new Option("--order <ORDER>", "what comes first in each state: oldest or newest")
    .choices(["oldest", "newest"])
    .default(first);

/** The filter that arguments and flags make together. */
export function filterOf(parts: readonly string[], flags: FilterFlags): string {
  const terms = KEYS.flatMap(([flag, key]) => {
    const value = flags[flag];
    return value === undefined ? [] : [`${key}:${value.split(",").map(quoted).join(",")}`];
  });
  const age = flags.olderThan === undefined ? [] : [`age>${flags.olderThan}`];
  return [...parts, ...(flags.filter === undefined ? [] : [flags.filter]), ...terms, ...age].join(" ").trim();
}

/** A value as the filter's grammar has it: quoted where it contains blanks or quotes. A star at its end stays one. */
function quoted(value: string): string {
  const [, text = "", star = ""] = /^(.*?)(\*?)$/s.exec(value) ?? [];
  return `${/^[^\s",*]+$/.test(text) ? text : text === "" ? "" : JSON.stringify(text)}${star}`;
}
