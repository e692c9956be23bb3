import type { RowColumns } from "../tables/columns.js";
import type { Connection } from "../tables/connection.js";

/** Rows read at a time where nothing is damaged. */
const SLICE = 256;

/**
 * The rows of a damaged file in order of seq, as many as can be read: behind a row that cannot, it looks for the next
 * one that can, so that a damaged page costs its own rows only. `attempt` gives undefined for what cannot be read.
 */
export function* readableRows(db: Connection, attempt: <T>(read: () => T) => T | undefined): Generator<RowColumns> {
  const statement = attempt(() =>
    db.prepare<unknown[], RowColumns>("SELECT * FROM rows NOT INDEXED WHERE seq >= ? ORDER BY seq LIMIT ?"),
  );
  if (statement === undefined) return;
  const read = (from: number, limit: number) => {
    const rows = attempt(() => statement.all(from, limit));
    // Out of order: the page is not what it was.
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

/** The lowest number above `from` at which reading succeeds, found by doubling and halving; undefined: nowhere. */
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
