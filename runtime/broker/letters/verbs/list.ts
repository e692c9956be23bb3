import type { Clock } from "../../../base/clock.js";
import type { LetterDetails, LetterGroups, LetterList, LetterReading } from "../../../operations/documents/letter.js";
import { openArguments } from "../../../operations/filter/arguments.js";
import { RequestReader } from "../../../operations/request.js";
import type { Verb } from "../../../operations/verb.js";
import { WithActivation } from "../../../operations/verb.js";
import type { Letters } from "../letters.js";
import { groupLetters } from "../matching.js";
import { letterOf } from "../records/letter.js";
import { lettersAt } from "../resolve/records.js";
import { bytesOf, letterDetails, letterDocument } from "./documents.js";
import { letterPage, lookedOf, Pace, readListCursor, totalOf, writeListCursor } from "./page.js";
import { catchUp, readingOf } from "./reading.js";
import { argumentsOf, filterOf, placeOf, readReveal, unknownLetter } from "./selection.js";

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
      run: async (request, { signal }) => {
        const pace = new Pace(clock, signal);
        const reader = new RequestReader(request);
        const filter = filterOf(reader);
        const limit = reader.integer("limit", { least: 1, most: MOST }) ?? LIMIT;
        const order = reader.choice("order", ["newest", "oldest"]) ?? "newest";
        const cursor = reader.text("cursor");
        reader.end();
        const start = cursor === undefined ? undefined : readListCursor(cursor, order);
        const args = await openArguments(argumentsOf(filter));
        return letters.use(async (open): Promise<LetterList> => {
          const { index, feeders } = open;
          await catchUp(feeders, clock, PATIENCE_MS);
          const query = { filter, limit, order, after: start?.after, now: clock.wall(), ends: undefined };
          const [page, { counts, older }] = await Promise.all([letterPage(open, query, args, pace), index.summary()]);
          const { rows, next, ended } = page;
          const found = (start?.found ?? 0) + rows.length;
          const looked = (start?.looked ?? 0) + page.lookedAt;
          const reading = readingOf(feeders);
          const whole = reading.read === 1 && older.length === 0;
          return {
            letters: rows.map(({ letter, marker }) => letterDocument(letter, marker, letters.sources)),
            ...(next === undefined ? {} : { cursor: writeListCursor({ after: next, found, looked }, order) }),
            total: totalOf(filter, counts, { found, passed: next === undefined && start === undefined, whole }),
            looked: ended ? lookedOf(looked, counts) : null,
            counts,
            older,
            ...reading,
          };
        });
      },
    },
    {
      name: "LetterGroups",
      run: async (request, { signal }) => {
        const pace = new Pace(clock, signal);
        const reader = new RequestReader(request);
        const filter = filterOf(reader);
        reader.end();
        const args = await openArguments(argumentsOf(filter));
        return letters.use(async (open): Promise<LetterGroups> => {
          const { index, feeders } = open;
          await catchUp(feeders, clock, PATIENCE_MS);
          const query = { filter, now: clock.wall(), after: undefined, ends: undefined };
          const grouped = await groupLetters(open, query, args, (lookedAt) => pace.isOver(lookedAt));
          const groups = grouped.groups.slice(0, MOST_GROUPS);
          const beyond = grouped.groups.slice(MOST_GROUPS).reduce((sum, { count }) => sum + count, 0);
          return {
            groups: groups.map(({ newest, ...group }) => ({
              ...group,
              ...(newest === 0 ? {} : { newest: new Date(newest).toISOString() }),
            })),
            others: grouped.others + beyond,
            looked: grouped.whole ? null : lookedOf(grouped.lookedAt, (await index.summary()).counts),
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
