import { piecesOf, skip } from "../file/chunks.js";
import type { OpenLog } from "../file/open-log.js";
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
      const { bodies, spans } = found;
      const next = Math.min(found.next, found.from + limit);
      const last = bodies.at(-1) ?? Buffer.alloc(0);
      const lastFrom = spans.at(-2)?.to ?? found.from;
      const cut = last.subarray(0, skip(last, next - lastFrom));
      const pieces = piecesOf([...bodies.slice(0, -1), cut]);
      answer = { ...nothing, first, end, from: found.from, next, pieces, spans };
    }
  });
  return answer;
}
