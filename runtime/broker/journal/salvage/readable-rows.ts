import type { Connection } from "../../../base/sqlite/open.js";
import type { RowColumns } from "../tables/columns.js";
import { attempt } from "./attempt.js";

/** Rows read at a time while no damage is met. */
const SLICE = 256;

/**
 * The readable rows of a damaged file in order of seq. Behind a row that is not readable it searches for the next one that
 * is, so that a damaged page costs only its own rows.
 */
export function* readableRows(db: Connection): Generator<RowColumns> {
  const statement = attempt(() =>
    db.prepare<unknown[], RowColumns>("SELECT * FROM rows NOT INDEXED WHERE seq >= ? ORDER BY seq LIMIT ?"),
  );
  if (statement === undefined) return;
  const read = (from: number, limit: number) => {
    const rows = attempt(() => statement.all(from, limit));
    // Out of order: the page is damaged.
    return rows?.every(({ seq }, index) => seq >= (rows[index - 1]?.seq ?? from - 1) + 1) ? rows : undefined;
  };
  let next = 0;
  let singly = 0;
  for (;;) {
    const rows = read(next, singly > 0 ? 1 : SLICE);
    if (rows !== undefined) {
      if (rows.length === 0) return;
      yield* rows;
      next = (rows.at(-1)?.seq ?? next) + 1;
      singly -= 1;
    } else if (singly <= 0) {
      singly = SLICE;
    } else {
      const behind = behindGap(next, (from) => read(from, 1) !== undefined);
      if (behind === undefined) return;
      next = behind;
    }
  }
}

/** A number above `from` at which reading succeeds and before which it fails, by doubling and halving; undefined: none. */
function behindGap(from: number, succeeds: (at: number) => boolean): number | undefined {
  let step = 1;
  while (!succeeds(from + step)) {
    step *= 2;
    if (from + step > Number.MAX_SAFE_INTEGER) return undefined;
  }
  let failing = from + Math.floor(step / 2);
  let good = from + step;
  while (good - failing > 1) {
    const middle = failing + Math.floor((good - failing) / 2);
    if (succeeds(middle)) good = middle;
    else failing = middle;
  }
  return good;
}
