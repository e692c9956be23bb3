import type { ActivationHead } from "../../../activation/activation.js";
import { LARGEST_TAKEN_BYTES } from "../../../activation/encoding/bounds.js";
import { readHead } from "../../../activation/encoding/head.js";
import { UndecodableError } from "../../../activation/errors.js";
import { REPLAY_OF_HEADER } from "../../../activation/headers.js";
import { isReason } from "../../../activation/reasons.js";
import { ROOT_HEADER } from "../../../activation/retry.js";
import type { ReadRecord } from "../../../log/port.js";
import type { LetterContent } from "../../../operations/documents/letter.js";
import { fingerprintOf } from "../../../operations/fingerprint/fingerprint.js";
import { type Place, placeText } from "../../../operations/letter-place.js";
import { count, cut, identityOf, originOf, RESOLVED_HEADER } from "./headers.js";

/** A dead letter as the index keeps it, without its bytes. Texts are cut to the lengths below. */
export interface Letter extends Place {
  /** See identityOf. */
  readonly identity: string;
  /** Place of the original record, TOPIC/PARTITION/OFFSET; of a record that another program wrote, its own. */
  readonly origin: string;
  /** Id of the last run. */
  readonly id: string;
  readonly root: string;
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly reason: string;
  readonly error: string;
  /** Fingerprint of the failure; "" when the reason is none of Taskwire's. */
  readonly fp: string;
  readonly attempts: number;
  /** 0: no bound. */
  readonly maxAttempts: number;
  /** How often the last run was handed out before and lost with its worker. */
  readonly lost: number;
  /** When it ended, milliseconds; 0: unknown. */
  readonly at: number;
  /** Bytes of the activation. */
  readonly size: number;
  readonly atMostOnce: boolean;
  readonly content: LetterContent;
  /** The letter that it is a replay of, TOPIC/PARTITION/OFFSET; "": of none. */
  readonly replayOf: string;
}

const LONGEST_ERROR = 256;
const LONGEST_REASON = 64;

/**
 * The letter in a record of a dead-letter topic. undefined: the record is a marker, or a deletion by another program.
 * `fingerprinted` false leaves `fp` empty: it costs more than all else.
 */
export function letterOf(
  topic: string,
  partition: number,
  record: ReadRecord,
  fingerprinted = true,
): Letter | undefined {
  const { offset, key, value, headers = {}, tombstone } = record;
  if (tombstone === true || (value.length === 0 && headers[RESOLVED_HEADER] !== undefined)) return undefined;
  const place = { topic, partition, offset };
  const head = headOf(value);
  const id = cut(headers["taskwire-id"] ?? head?.id ?? key ?? placeText(place));
  const claimed = headers["taskwire-size"];
  const oversized = head === undefined && value.length === 0 && claimed !== undefined;
  const at = Date.parse(headers["taskwire-at"] ?? "");
  const { "taskwire-reason": reason = "", "taskwire-error": error = "" } = headers;
  return {
    ...place,
    identity: identityOf(headers, key, place),
    origin: originOf(headers, place),
    id,
    root: cut(headers[ROOT_HEADER] ?? head?.headers.get(ROOT_HEADER) ?? id),
    application: head?.application ?? "",
    namespace: head?.namespace ?? "",
    task: head?.task ?? "",
    reason: cut(reason, LONGEST_REASON),
    error: cut(error, LONGEST_ERROR),
    fp: fingerprinted && isReason(reason) ? fingerprintOf({ reason, task: head?.task ?? "", error }) : "",
    attempts: count(headers["taskwire-attempts"]),
    maxAttempts: count(headers["taskwire-max-attempts"]),
    lost: count(headers["taskwire-lost"]),
    at: Number.isNaN(at) ? Math.floor(record.timestamp ?? 0) : Math.max(0, at),
    size: oversized ? count(claimed) : value.length,
    atMostOnce: head?.retry.atMostOnce ?? false,
    content: head !== undefined ? "activation" : oversized ? "oversized" : "undecodable",
    replayOf: cut(head?.headers.get(REPLAY_OF_HEADER) ?? ""),
  };
}

/** undefined: the bytes are no activation that a broker would take. */
function headOf(value: Uint8Array): ActivationHead | undefined {
  if (value.length === 0 || value.length > LARGEST_TAKEN_BYTES) return undefined;
  try {
    return readHead(value);
  } catch (error) {
    if (error instanceof UndecodableError) return undefined;
    throw error;
  }
}
