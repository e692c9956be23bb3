import { messageOf } from "../../../base/errors.js";

/** One line of doctor: what was checked, and what to do where it is not ok. */
export interface Check {
  /** What was checked, the same for every answer. */
  readonly check: string;
  readonly level: "ok" | "warn" | "fail";
  readonly text: string;
  /** Further facts, a sentence each. */
  readonly evidence?: readonly string[];
  /** Set unless it is ok. */
  readonly hint?: string;
}

export function ok(check: string, text: string): Check {
  return { check, level: "ok", text };
}

/**
 * Messages of Taskwire end with what to do: after the last semicolon, or in a line of its own behind indented ones.
 * `hint`: for those that do not.
 */
export function failed(check: string, error: unknown, hint: string): Check {
  const lines = messageOf(error)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const [first = "", ...others] = lines;
  const last = others.at(-1);
  if (last !== undefined) {
    const written = last.startsWith(" ") ? undefined : last;
    const evidence = (written === undefined ? others : others.slice(0, -1)).map((line) => line.trim());
    return { check, level: "fail", text: first, evidence, hint: written ?? hint };
  }
  const at = first.lastIndexOf("; ");
  if (at < 0) return { check, level: "fail", text: first, hint };
  return { check, level: "fail", text: first.slice(0, at), hint: first.slice(at + 2) };
}
