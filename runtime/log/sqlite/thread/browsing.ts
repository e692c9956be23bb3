import { BROWSED_BYTES } from "../../browse-limits.js";
import { piecesOf, skip } from "../file/chunks.js";
import type { OpenLog } from "../file/open-log.js";
import type { FoundRecords } from "../file/topic-table.js";
import type { BrowseAnswer, BrowseRequest } from "../messages.js";

/** The answer to a browse: one snapshot of the topic. A topic that was never used is empty. */
export function browsed(log: OpenLog, { number, topic, from, limit }: BrowseRequest): BrowseAnswer {
  const nothing = { kind: "browsed", number, pieces: [], spans: [], error: undefined } as const;
  let answer: BrowseAnswer = { ...nothing, first: 0, end: 0, from: 0, next: 0 };
  log.transactions.read(() => {
    const table = log.topics.find(topic);
    if (table === undefined) return;
    const { first, next: end } = table.bounds();
    const found = table.read(from, limit);
    if (found === undefined) {
      answer = { ...nothing, first, end, from: end, next: end };
    } else if (found.kind === "damaged") {
      answer = { ...nothing, first, end, from: found.from, next: found.next, error: found.error };
    } else {
      const { bodies, next } = cut(found, found.from + limit);
      answer = { ...nothing, first, end, from: found.from, next, pieces: piecesOf(bodies), spans: found.spans };
    }
  });
  return answer;
}

/** The bodies as far as one answer may go, in bytes and up to an offset; one body at least. */
function cut({ from, bodies, spans }: FoundRecords, most: number): { bodies: Buffer[]; next: number } {
  const kept: Buffer[] = [];
  let next = from;
  let bytes = 0;
  for (const [index, body] of bodies.entries()) {
    bytes += body.length;
    if (next >= most || (kept.length > 0 && bytes > BROWSED_BYTES)) break;
    const end = spans[index]?.to ?? next;
    kept.push(end <= most ? body : body.subarray(0, skip(body, most - next)));
    next = Math.min(end, most);
  }
  return { bodies: kept, next };
}
