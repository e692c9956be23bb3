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
const FNV_PRIME = 0x01000193;
const FRAME_START = "\n    at ";
/** What differs between two failures of one kind, by kind; the order matters, because a path may contain numbers. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)/g, "<text>"],
  [/[a-z][a-z0-9+.-]{0,20}:\/\/[^\s)>\]]+/gi, "<path>"],
  [/(?<![\w/\\])(?:[a-z]:[\\/]|\.{0,2}\/)[^\s:,;)>\]]+/gi, "<path>"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b(?=[a-z_-]*\d)[a-z0-9_-]*[a-z_][a-z0-9_-]*\b/gi, "<id>"],
  [/(?<![\w>])[+-]?\d+(?:[.,:]\d+)*|\d+(?:[.,:]\d+)*/g, "<n>"],
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
export function fingerprintOfHead(reason: Reason, task: string, { firstLine, frame }: ErrorHead): string {
  const cause = reason === "attempts_exceeded" ? "error" : reason;
  return createHash("sha1")
    .update(`${cause}\0${task}\0${withoutVarying(firstLine)}\0${placeOf(frame)}`)
    .digest("hex")
    .slice(0, 16);
}

export function headOf(error: string): ErrorHead {
  const frame = frameStart(error);
  return {
    firstLine: error.slice(0, lineEnd(error, 0)),
    frame: frame < 0 ? "" : error.slice(frame, lineEnd(error, frame)),
  };
}

/** Where the head ends: texts that are the same up to there have the same head. */
export function headEnd(error: string): number {
  const line = lineEnd(error, 0);
  const frame = line === error.length ? -1 : frameStart(error);
  // Without a frame the whole text was looked through.
  return frame < 0 ? error.length : lineEnd(error, frame) + 1;
}

/** A number for the head, the same for the same head, without making a string. `seed`: mixed in, 32 bits. */
export function headHash(error: string, seed: number): number {
  const line = lineEnd(error, 0);
  const frame = line === error.length ? -1 : frameStart(error);
  const end = frame < 0 ? -1 : lineEnd(error, frame);
  let hash = seed | 0;
  for (let at = 0; at < line; at += 1) hash = Math.imul(hash ^ error.charCodeAt(at), FNV_PRIME);
  for (let at = frame; at >= 0 && at < end; at += 1) hash = Math.imul(hash ^ error.charCodeAt(at), FNV_PRIME);
  return (hash >>> 0) * 2 ** 20 + line * 2 ** 10 + (end - frame);
}

/** A first line as the groups show it: what varies is replaced. */
function withoutVarying(line: string): string {
  return VARYING.reduce((text, [pattern, kind]) => text.replace(pattern, kind), line);
}

/** Where the top frame outside node_modules and Node itself begins; -1: there is none. */
function frameStart(error: string): number {
  for (let at = error.indexOf(FRAME_START); at >= 0; at = error.indexOf(FRAME_START, at + 1)) {
    const from = at + FRAME_START.length;
    const frame = error.slice(from, lineEnd(error, from));
    if (!frame.includes("node_modules") && !frame.includes("node:")) return from;
  }
  return -1;
}

/** Where a line ends that begins there, as far as it counts. */
function lineEnd(error: string, from: number): number {
  const most = Math.min(error.length, from + LONGEST);
  const end = error.indexOf("\n", from);
  return end < 0 || end > most ? most : end;
}

/** The function and the name of the file: folders differ between machines, lines between versions. */
function placeOf(frame: string): string {
  const [, name = "", file = ""] = FRAME.exec(frame) ?? [];
  return `${name} ${file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)}`;
}
