import { breathe } from "../../../base/breathe.js";
import type { Clock } from "../../../base/clock.js";
import type { ExportedLetter, LetterExport } from "../../../operations/documents/letter.js";
import { openArguments } from "../../../operations/filter/arguments.js";
import { RequestReader } from "../../../operations/request.js";
import type { Verb } from "../../../operations/verb.js";
import { WithActivation } from "../../../operations/verb.js";
import { matcherOf } from "../index/query.js";
import type { Letters } from "../letters.js";
import { type Letter, letterOf } from "../records/letter.js";
import type { Standing } from "../records/standing.js";
import type { Source } from "../sources.js";
import { badCursor, cursorOf, valuesOf } from "./cursor.js";
import { bytesOf, letterDetails } from "./documents.js";
import { type ExportPosition, exportPage } from "./export-page.js";
import { catchUp, refuseUnread } from "./reading.js";
import { argumentsOf, filterOf, readReveal } from "./selection.js";

/** Records that one page looks at; `browse` also gives at most 1 MiB, or one record. */
const LIMIT = 500;
const MOST = 1000;
const PATIENCE_MS = 1500;
/** Records that are compared in one turn of the event loop. */
const WITHOUT_BREATH = 16;

/**
 * Reads the letters from the log, in the order of topic, partition and offset, also those that are older than the index
 * reaches. The bytes of their activations follow each other beside the document.
 */
export function exportVerb(letters: Letters, clock: Clock): Verb {
  return {
    name: "ExportLetters",
    run: async (request) => {
      const reader = new RequestReader(request);
      const filter = filterOf(reader);
      const limit = reader.integer("limit", { least: 1, most: MOST }) ?? LIMIT;
      const cursor = reader.text("cursor");
      readReveal(reader);
      reader.end();
      const position = positionOf(cursor, letters.sources);
      const matches = matcherOf({ filter, now: clock.wall(), ends: undefined });
      const args = await openArguments(argumentsOf(filter));
      return letters.use(async ({ index, feeders }) => {
        await catchUp(feeders, clock, PATIENCE_MS);
        for (const feeder of feeders) refuseUnread(feeder);
        const page = await exportPage(letters.sources, position, limit);
        if (page === undefined) return answer([], [], undefined, 0, []);
        const { source, partition, from, found, next } = page;
        const all = found.records.flatMap((record) => {
          const letter = letterOf(source.name, partition, record);
          return letter === undefined ? [] : [{ letter, record }];
        });
        const standings = await index.standings(
          source.name,
          all.map(({ letter }) => letter.identity),
        );
        const exported: ExportedLetter[] = [];
        const bytes: Uint8Array[] = [];
        for (const [at, stored] of all.entries()) {
          const { letter, record } = stored;
          const marker = standings[at]?.marker;
          if (isOlderCopy(letter, standings[at]) || !matches({ letter, marker })) continue;
          if (at % WITHOUT_BREATH === WITHOUT_BREATH - 1) await breathe();
          if (!args.matches(record.value, undefined)) continue;
          const own = bytesOf(record);
          exported.push({ ...letterDetails(stored, marker, [source]), bytes: own.length });
          bytes.push(own);
        }
        const { damaged } = found;
        const lost =
          damaged === undefined ? [] : [{ topic: source.name, partition, from: damaged.from, to: found.next }];
        return answer(exported, bytes, next, found.next - from, lost);
      });
    },
  };
}

function answer(
  letters: readonly ExportedLetter[],
  bytes: readonly Uint8Array[],
  next: ExportPosition | undefined,
  lookedAt: number,
  damaged: LetterExport["damaged"],
): WithActivation {
  const cursor = next === undefined ? {} : { cursor: cursorOf(next) };
  const document: LetterExport = { letters, ...cursor, lookedAt, damaged };
  return new WithActivation(document, Buffer.concat(bytes));
}

/** Whether the index knows a newer copy of the letter. */
function isOlderCopy(letter: Letter, standing: Standing | undefined): boolean {
  const newest = standing?.letter;
  return newest !== undefined && (newest.partition !== letter.partition || newest.offset !== letter.offset);
}

function positionOf(cursor: string | undefined, sources: readonly Source[]): ExportPosition | undefined {
  if (cursor === undefined) return undefined;
  const [topic, partition, offset] = valuesOf(cursor, "snn");
  if (!sources.some(({ name }) => name === topic)) throw badCursor();
  return [String(topic), Number(partition), Number(offset)];
}
