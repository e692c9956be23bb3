import { BinaryReader } from "@bufbuild/protobuf/wire";
import { cut } from "../../base/text.js";
import type * as proto from "../proto/taskwire.js";
import { OutcomeKind, WorkerMessage } from "../proto/taskwire.js";
import type { Outcome, Started, Vitals } from "../session.js";
import { cutError, decoded, LONGEST_FACT, SessionProtocolError, safe } from "./session-codec.js";
import { readSmall, varintLength, writeVarint } from "./varint.js";

const LARGEST_UINT32 = 2 ** 32 - 1;
/** Tags of the fields of WorkerMessage and Outcome. */
const TAG_OUTCOMES = 0x22;
const TAG_KIND = 0x10;
const TAG_RAN = 0x38;
const TAG_CLAIM = 0x08;
/** One message of a worker; `number` counts from 1 on each stream. */
export interface FromWorker {
  readonly number: number;
  readonly credit: number;
  readonly started: readonly Started[];
  readonly outcomes: readonly Outcome[];
  readonly returned: readonly number[];
  readonly draining: boolean;
  /** Withdraws unused credit. */
  readonly withdrawn: boolean;
  readonly vitals?: Vitals;
  /** Ends the session: the worker will report nothing about claims it still holds. */
  readonly closing: boolean;
}

/** A message in which every run completed, which is nearly every message, is written without an object for each outcome. */
export function encodeFromWorker(message: FromWorker): Buffer {
  const { outcomes } = message;
  const plain = outcomes.every(({ kind }) => kind === "complete");
  const rest = WorkerMessage.encode({
    number: BigInt(message.number),
    credit: message.credit,
    started: message.started.map(({ claim, since }) => ({ claim: BigInt(claim), since: Math.floor(since) })),
    outcomes: plain ? [] : outcomes.map(outcomeToWire),
    returned: message.returned.map(BigInt),
    draining: message.draining,
    withdrawn: message.withdrawn,
    closing: message.closing,
    vitals: message.vitals === undefined ? undefined : vitalsToWire(message.vitals),
  }).finish();
  return plain ? withCompleted(rest, outcomes) : Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength);
}

function withCompleted(rest: Uint8Array, completed: readonly Outcome[]): Buffer {
  let size = rest.length;
  for (const outcome of completed) size += 2 + completedSize(outcome);
  const bytes = Buffer.allocUnsafe(size);
  bytes.set(rest);
  let at = rest.length;
  for (const outcome of completed) {
    bytes[at++] = TAG_OUTCOMES;
    bytes[at++] = completedSize(outcome);
    bytes[at++] = TAG_CLAIM;
    at = writeVarint(bytes, at, outcome.claim);
    bytes[at++] = TAG_KIND;
    bytes[at++] = OutcomeKind.OUTCOME_KIND_COMPLETE;
    const ran = Math.floor(outcome.ran ?? 0);
    if (ran === 0) continue;
    bytes[at++] = TAG_RAN;
    at = writeVarint(bytes, at, ran);
  }
  return bytes;
}

/** Two numbers of at most 8 bytes each, and their tags: below 128. */
function completedSize({ claim, ran = 0 }: Outcome): number {
  const measured = Math.floor(ran);
  return 3 + varintLength(claim) + (measured === 0 ? 0 : 1 + varintLength(measured));
}

/** Outcomes of completed runs at the end of the message are read directly, what is left is decoded. */
export function decodeFromWorker(bytes: Uint8Array): FromWorker {
  return decoded("WorkerMessage", () => {
    const completed: Outcome[] = [];
    const left = takeCompleted(bytes, completed);
    const message = WorkerMessage.decode(left);
    return {
      number: safe(message.number),
      credit: message.credit,
      started: message.started.map(({ claim, since }) => ({ claim: safe(claim), since })),
      outcomes: message.outcomes.length === 0 ? completed : [...message.outcomes.map(outcomeFromWire), ...completed],
      returned: message.returned.map(safe),
      draining: message.draining,
      withdrawn: message.withdrawn,
      closing: message.closing,
      ...(message.vitals === undefined ? {} : { vitals: vitalsFromWire(message.vitals) }),
    };
  });
}

/**
 * Takes the outcomes at the end of a message that have the form in which encodeFromWorker writes completed ones; returns the
 * bytes before them. Anything else is left for the decoder.
 */
function takeCompleted(bytes: Uint8Array, completed: Outcome[]): Uint8Array {
  const reader = new BinaryReader(bytes);
  let firstCompleted: number | undefined;
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    if (tag === TAG_OUTCOMES) {
      const end = reader.uint32() + reader.pos;
      if (end > reader.len) return bytes;
      const outcome = completedOutcome(bytes, reader, end);
      reader.pos = end;
      if (outcome !== undefined) {
        firstCompleted ??= start;
        completed.push(outcome);
        continue;
      }
    } else reader.skip(tag & 7, tag >>> 3);
    // Something follows that the decoder has to read.
    firstCompleted = undefined;
    completed.length = 0;
  }
  return firstCompleted === undefined ? bytes : bytes.subarray(0, firstCompleted);
}

/** undefined: it is another outcome, or in another form. */
function completedOutcome(bytes: Uint8Array, reader: BinaryReader, end: number): Outcome | undefined {
  if (bytes[reader.pos] !== TAG_CLAIM) return undefined;
  reader.pos += 1;
  const claim = readSmall(bytes, reader);
  if (claim === undefined || bytes[reader.pos] !== TAG_KIND) return undefined;
  if (bytes[reader.pos + 1] !== OutcomeKind.OUTCOME_KIND_COMPLETE) return undefined;
  reader.pos += 2;
  if (reader.pos === end) return { kind: "complete", claim };
  if (bytes[reader.pos] !== TAG_RAN) return undefined;
  reader.pos += 1;
  const ran = readSmall(bytes, reader);
  return ran === undefined || ran > LARGEST_UINT32 || ran === 0 || reader.pos !== end
    ? undefined
    : { kind: "complete", claim, ran };
}

function outcomeToWire(outcome: Outcome): proto.Outcome {
  const claim = BigInt(outcome.claim);
  const ran = Math.floor(outcome.ran ?? 0);
  switch (outcome.kind) {
    case "complete":
      return { claim, kind: OutcomeKind.OUTCOME_KIND_COMPLETE, reason: "", error: "", ran };
    case "cancelled":
      return { claim, kind: OutcomeKind.OUTCOME_KIND_CANCELLED, reason: "", error: cutError(outcome.error), ran };
    case "failure":
      return {
        claim,
        kind: OutcomeKind.OUTCOME_KIND_FAILURE,
        reason: outcome.reason,
        error: cutError(outcome.error),
        maxAttempts: outcome.maxAttempts,
        ran,
      };
    case "retry":
      return {
        claim,
        kind: OutcomeKind.OUTCOME_KIND_RETRY,
        reason: outcome.reason,
        error: cutError(outcome.error),
        delay: outcome.delay === undefined ? undefined : BigInt(outcome.delay),
        maxAttempts: outcome.maxAttempts,
        ran,
      };
  }
}

function outcomeFromWire({ claim: wide, kind, reason, error, delay, maxAttempts, ran }: proto.Outcome): Outcome {
  const claim = safe(wide);
  const measured = ran === 0 ? {} : { ran };
  switch (kind) {
    case OutcomeKind.OUTCOME_KIND_COMPLETE:
      return { kind: "complete", claim, ...measured };
    case OutcomeKind.OUTCOME_KIND_FAILURE:
      return {
        kind: "failure",
        claim,
        reason,
        error,
        ...(maxAttempts === undefined ? {} : { maxAttempts }),
        ...measured,
      };
    case OutcomeKind.OUTCOME_KIND_RETRY:
      return {
        kind: "retry",
        claim,
        reason,
        error,
        ...(delay === undefined ? {} : { delay: safe(delay) }),
        ...(maxAttempts === undefined ? {} : { maxAttempts }),
        ...measured,
      };
    case OutcomeKind.OUTCOME_KIND_CANCELLED:
      return { kind: "cancelled", claim, error, ...measured };
    default:
      throw new SessionProtocolError(
        `outcome of claim ${claim}: expected kind complete, retry, failure or cancelled, got ${kind}`,
      );
  }
}

function vitalsToWire({ rss, loopLag, ...vitals }: Vitals): proto.Vitals {
  return { ...vitals, rss: BigInt(Math.floor(rss)), loopLag: Math.floor(loopLag) };
}

function vitalsFromWire({ busy, unstarted, children, deaths, crashLoop, rss, loopLag }: proto.Vitals): Vitals {
  return { busy, unstarted, children, deaths, crashLoop: cut(crashLoop, LONGEST_FACT), rss: safe(rss), loopLag };
}
