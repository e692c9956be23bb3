import { LONGEST_NAME_BYTES } from "../../activation/encoding/bounds.js";
import { nextId } from "../../activation/retry.js";
import type { ChainLink, ShowActivationAnswer } from "../../operations/documents/activations.js";
import { OperationError } from "../../operations/errors.js";
import { RequestReader } from "../../operations/request.js";
import { WithActivation } from "../../operations/verb.js";
import type { FoundRow } from "../inflight/persisted.js";
import { rootOf } from "../inflight/states/activation-names.js";
import { findIds } from "./find.js";
import { isoTime, rowDocument } from "./row-document.js";
import type { Sources } from "./sources.js";

/** In characters. */
const LONGEST_REASON = 500;
/** Most runs of a chain that are looked up. */
const MOST_LINKS = 100;
/** The earlier ids of a chain with more runs are not computed. */
const LONGEST_CHAIN = 1000;

/** One activation, with the bytes of its record. */
export async function showActivation(sources: Sources, request: unknown): Promise<WithActivation> {
  const reader = new RequestReader(request);
  const id = reader.requiredText("id", LONGEST_NAME_BYTES);
  const chain = reader.flag("chain");
  reader.end();
  const [row] = await findIds(sources, [id], true);
  if (row !== undefined)
    return answer(sources, row, chain ? await chainOf(sources, beginningOf(row), row.attempts) : null);
  if (!chain) throw notInFlight(id);
  const links = await chainOf(sources, { id, attempt: 1 }, 0);
  const living = links.find(({ state }) => state !== null);
  const [current] = living === undefined ? [] : await findIds(sources, [living.id], true);
  if (current === undefined) throw notInFlight(id);
  return answer(sources, current, links);
}

/** As showActivation. The caller is one who may see sensitive values, and says why. */
export async function revealActivation(sources: Sources, request: unknown): Promise<WithActivation> {
  const reader = new RequestReader(request);
  const id = reader.requiredText("id", LONGEST_NAME_BYTES);
  // The audit log has it.
  reader.requiredText("reason", LONGEST_REASON);
  reader.end();
  const [row] = await findIds(sources, [id], true);
  if (row === undefined) throw notInFlight(id);
  return answer(sources, row, null);
}

function answer({ clock }: Sources, row: FoundRow, chain: readonly ChainLink[] | null): WithActivation {
  const { atMostOnce, deadLetter, deadline, processingAttempts } = row;
  const facts = { atMostOnce, deadLetter, deadline, lostAttempts: processingAttempts };
  const document: ShowActivationAnswer = {
    activation: { ...rowDocument(row), ...facts },
    chain,
    now: isoTime(clock.wall()),
  };
  return new WithActivation(document, row.payload);
}

/**
 * The runs of a chain from `first` on, up to the last one in flight; `attempts`: the finished runs of the one that was asked
 * for. Each id determines the next. Of a long chain the last 100 are looked up.
 */
async function chainOf(
  sources: Sources,
  first: Omit<ChainLink, "state">,
  attempts: number,
): Promise<readonly ChainLink[]> {
  const links = [first];
  for (let { id, attempt } = first; attempt <= attempts || links.length < MOST_LINKS; ) {
    id = nextId(id, attempt);
    attempt += 1;
    links.push({ id, attempt });
  }
  const looked = links.slice(-MOST_LINKS);
  const ids = looked.map(({ id }) => id);
  const states = new Map((await findIds(sources, ids, false)).map(({ id, state }) => [id, state]));
  const chain = looked.map((link) => ({ ...link, state: states.get(link.id) ?? null }));
  const living = chain.findLastIndex(({ state }) => state !== null);
  return chain.filter(({ attempt }, index) => index <= living || attempt <= attempts + 1);
}

/** The first run of a chain; of a very long one, the run itself. */
function beginningOf(row: FoundRow): Omit<ChainLink, "state"> {
  return row.attempts > LONGEST_CHAIN ? { id: row.id, attempt: row.attempts + 1 } : { id: rootOf(row), attempt: 1 };
}

function notInFlight(id: string): OperationError {
  return new OperationError(
    "not_found",
    "not_in_flight",
    `activation ${id} is not in flight here: it has ended, was never sent, or is not read yet; look for it among ends and dead letters`,
    { field: "id" },
  );
}
