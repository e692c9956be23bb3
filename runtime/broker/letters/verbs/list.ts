import type { Clock } from "../../../base/clock.js";
import type { LetterDetails, LetterGroups, LetterList, LetterReading } from "../../../operations/documents/letter.js";
import { RequestReader } from "../../../operations/request.js";
import type { Verb } from "../../../operations/verb.js";
import { WithActivation } from "../../../operations/verb.js";
import type { ListPosition } from "../index/rows.js";
import type { Letters } from "../letters.js";
import { letterOf } from "../records/letter.js";
import { lettersAt } from "../resolve/records.js";
import { cursorOf, valuesOf } from "./cursor.js";
import { bytesOf, letterDetails, letterDocument } from "./documents.js";
import { catchUp, readingOf } from "./reading.js";
import { filterOf, placeOf, readReveal, unknownLetter } from "./selection.js";

const LIMIT = 100;
const MOST = 1000;
/** Groups of an answer. */
const MOST_GROUPS = 200;
/** How long a list waits for the newest letters; later it answers what the index has. */
const PATIENCE_MS = 500;

/** The verbs that show dead letters. */
export function listVerbs(letters: Letters, clock: Clock): readonly Verb[] {
  return [
    {
      name: "ListLetters",
      run: async (request) => {
        const reader = new RequestReader(request);
        const filter = filterOf(reader);
        const limit = reader.integer("limit", { least: 1, most: MOST }) ?? LIMIT;
        const order = reader.choice("order", ["newest", "oldest"]) ?? "newest";
        const cursor = reader.text("cursor");
        reader.end();
        const after = cursor === undefined ? undefined : positionOf(cursor);
        return letters.use(async ({ index, feeders }): Promise<LetterList> => {
          await catchUp(feeders, clock, PATIENCE_MS);
          const query = { filter, limit, order, after, now: clock.wall(), ends: undefined };
          const [page, summary] = await Promise.all([index.list(query), index.summary()]);
          const { rows, next, lookedAt } = page;
          return {
            letters: rows.map(({ letter, marker }) => letterDocument(letter, marker, letters.sources)),
            ...(next === undefined ? {} : { cursor: cursorOf([next.ended, next.topic, next.partition, next.offset]) }),
            lookedAt,
            counts: summary.counts,
            older: summary.older,
            ...readingOf(feeders),
          };
        });
      },
    },
    {
      name: "LetterGroups",
      run: async (request) => {
        const reader = new RequestReader(request);
        const filter = filterOf(reader);
        reader.end();
        return letters.use(async ({ index, feeders }): Promise<LetterGroups> => {
          await catchUp(feeders, clock, PATIENCE_MS);
          const grouped = await index.groups({ filter, now: clock.wall(), after: undefined, ends: undefined });
          const groups = grouped.groups.slice(0, MOST_GROUPS);
          const beyond = grouped.groups.slice(MOST_GROUPS).reduce((sum, { count }) => sum + count, 0);
          return {
            groups: groups.map(({ newest, ...group }) => ({
              ...group,
              ...(newest === 0 ? {} : { newest: new Date(newest).toISOString() }),
            })),
            others: grouped.others + beyond,
            ...readingOf(feeders),
          };
        });
      },
    },
    {
      name: "ShowLetter",
      run: async (request) => {
        const reader = new RequestReader(request);
        const { place, source } = placeOf(reader.requiredText("place"), "place", letters.sources);
        readReveal(reader);
        reader.end();
        return letters.use(async ({ index, feeders }) => {
          const own = feeders.filter((feeder) => feeder.source === source);
          await catchUp(own, clock, PATIENCE_MS);
          const [stored] = await lettersAt(source, [place]);
          if (stored === undefined) throw unknownLetter(place);
          const letter = letterOf(source.name, place.partition, stored.record) ?? stored.letter;
          const [standing] = await index.standings(source.name, [letter.identity]);
          const document: LetterDetails & LetterReading = {
            ...letterDetails({ ...stored, letter }, standing?.marker, [source]),
            ...readingOf(own),
          };
          return new WithActivation(document, bytesOf(stored.record));
        });
      },
    },
  ];
}

function positionOf(cursor: string): ListPosition {
  const [ended, topic, partition, offset] = valuesOf(cursor, "nsnn");
  return { ended: Number(ended), topic: String(topic), partition: Number(partition), offset: Number(offset) };
}
