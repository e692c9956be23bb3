import type { ActivationHead } from "../../../activation/activation.js";
import { readHead } from "../../../activation/encoding/head.js";
import { UndecodableError } from "../../../activation/errors.js";
import { CHOSEN_ID_HEADER } from "../../../activation/headers.js";
import { ROOT_HEADER } from "../../../activation/retry.js";
import type { Facts } from "../row.js";

type Run = Pick<Facts, "id" | "attempts" | "payload">;

/** The id of the first run of its chain. Decodes the payload of a further run: only for rare uses. */
export function rootOf(run: Run): string {
  return headOf(run)?.headers.get(ROOT_HEADER) ?? run.id;
}

/** The id of the first run, if the caller chose it and this is a further run. */
export function chosenRootOf(run: Run): string | undefined {
  const headers = headOf(run)?.headers;
  return headers?.has(CHOSEN_ID_HEADER) === true ? headers.get(ROOT_HEADER) : undefined;
}

/** undefined for a first run, and for bytes that are not an activation. */
function headOf({ attempts, payload }: Run): ActivationHead | undefined {
  if (attempts === 0) return undefined;
  try {
    return readHead(payload);
  } catch (error) {
    if (error instanceof UndecodableError) return undefined;
    throw error;
  }
}

/** The fields that name an activation in a log line; `root` only in a further run. */
export function namesOf(facts: Facts): object {
  const { id, namespace, task, topic, partition, offset } = facts;
  const root = rootOf(facts);
  return { id, ...(root === id ? {} : { root }), namespace, task, topic, partition, offset };
}
