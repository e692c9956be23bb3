import { createHash } from "node:crypto";
import type { Reason } from "../../activation/reasons.js";

/** What a fingerprint is made of. `error`: the text of a failed run, as its worker reported it. */
interface Failure {
  readonly reason: Reason;
  /** Wire name. */
  readonly task: string;
  readonly error: string;
}

/** The parts of an error's text that a fingerprint looks at, as they are. */
interface ErrorHead {
  readonly firstLine: string;
  /** The top frame outside node_modules and Node itself; "": the text has none. */
  readonly frame: string;
}

/** Characters of a first line and of a frame that count. */
const LONGEST = 512;
const FRAME_START = "\n    at ";
/** What differs between two failures of one kind, by kind; the order matters, because a path may contain numbers. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)/g, "<text>"],
  [/[a-z][a-z0-9+.-]{0,20}:\/\/[^\s)>\]]+/gi, "<path>"],
  [/(?<![\w/\\])(?:[a-z]:[\\/]|\.{0,2}\/)[^\s:,;)>\]]+/gi, "<path>"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b(?=[a-z_-]*\d)[a-z0-9_-]*[a-z_][a-z0-9_-]*\b/gi, "<id>"],
  [/\d+(?:[.,:]\d+)*/g, "<n>"],
];
const FRAME = /^(?:async )?(?:(.{1,200}) \()?(.*?)(?::\d+)?(?::\d+)?\)?$/;

/**
 * Failures that differ only in numbers, ids, quoted text and paths have one fingerprint: 16 hex digits. Lines and columns of
 * the frame do not count, so a group outlives a deploy. A run whose attempts are used up belongs to the runs that were
 * retried before it.
 */
export function fingerprintOf(failure: Failure): string {
  return fingerprintOfHead(failure.reason, failure.task, headOf(failure.error));
}

/** The same for a text whose head is known. */
function fingerprintOfHead(reason: Reason, task: string, { firstLine, frame }: ErrorHead): string {
  const cause = reason === "attempts_exceeded" ? "error" : reason;
  return createHash("sha1")
    .update(`${cause}\0${task}\0${withoutVarying(firstLine)}\0${placeOf(frame)}`)
    .digest("hex")
    .slice(0, 16);
}

function headOf(error: string): ErrorHead {
  const end = error.indexOf("\n");
  if (end < 0) return { firstLine: error.slice(0, LONGEST), frame: "" };
  return { firstLine: error.slice(0, Math.min(end, LONGEST)), frame: topFrame(error) };
}

/** A first line as the groups show it: what varies is replaced. */
function withoutVarying(line: string): string {
  return VARYING.reduce((text, [pattern, kind]) => text.replace(pattern, kind), line);
}

function topFrame(error: string): string {
  for (let at = error.indexOf(FRAME_START); at >= 0; at = error.indexOf(FRAME_START, at + 1)) {
    const from = at + FRAME_START.length;
    const end = error.indexOf("\n", from);
    const frame = error.slice(from, Math.min(end < 0 ? error.length : end, from + LONGEST));
    if (!frame.includes("node_modules") && !frame.includes("node:")) return frame;
  }
  return "";
}

/** The function and the name of the file: folders differ between machines, lines between versions. */
function placeOf(frame: string): string {
  const [, name = "", file = ""] = FRAME.exec(frame) ?? [];
  return `${name} ${file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)}`;
}
