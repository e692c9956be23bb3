import { formatDuration } from "../../base/duration.js";
import type { ArgumentScalar, Filter, FilterTerm, Pattern } from "./filter.js";

/** The text of a filter, which parseFilter reads as the same filter. */
export function printFilter(filter: Filter): string {
  return filter.map(printTerm).join(" ");
}

function printTerm(term: FilterTerm): string {
  switch (term.kind) {
    case "text":
      return `${term.key}:${term.values.map(printPattern).join(",")}`;
    case "number":
      return `${term.key}${term.comparison}${term.key === "attempts" ? term.value : formatDuration(term.value)}`;
    case "argument":
      return `args.${printArgument(term.position, term.keyword)}=${term.values.map(printScalar).join(",")}`;
  }
}

function printPattern({ text, prefix }: Pattern): string {
  return `${/^[^\s",*]+$/.test(text) ? text : JSON.stringify(text)}${prefix ? "*" : ""}`;
}

function printArgument(position: number | undefined, keyword: string | undefined): string {
  if (keyword === undefined) return String(position);
  // A keyword of digits alone would be read as a position.
  const bare = /^[^\s:=<>",/]+$/.test(keyword) && (position !== undefined || !/^\d+$/.test(keyword));
  const printed = bare ? keyword : JSON.stringify(keyword);
  return position === undefined ? printed : `${position}/${printed}`;
}

function printScalar(value: ArgumentScalar): string {
  if (typeof value !== "string") return String(value);
  const isBare = /^[^\s",*]+$/.test(value) && !/^(?:null|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(value);
  return isBare ? value : JSON.stringify(value);
}
