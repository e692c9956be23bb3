import type { EndDocument } from "../../../../runtime/operations/documents/ends.js";
import { linkTo } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { Section } from "../../parts/page/page.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Loaded } from "../../parts/page/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { count } from "../../parts/text/number.ts";
import { Duration, Time } from "../../parts/text/time.tsx";
import { filterText } from "./filter-text.ts";

const MOST = 15;
/** Seconds. */
const PACE = 10;

const COLUMNS: readonly Column<EndDocument>[] = [
  {
    id: "id",
    title: "Activation",
    card: "title",
    cell: ({ id }) => (
      <a href={linkTo("activation", { id })}>
        <Clipped text={id} longest={13} mono />
      </a>
    ),
  },
  { id: "end", title: "End", cell: ({ end }) => <StateMark of={end} /> },
  { id: "at", title: "When", cell: ({ at }) => <Time at={at} /> },
  { id: "attempt", title: "Attempt", numeric: true, card: "hidden", cell: ({ attempt }) => count(attempt) },
  { id: "ran", title: "Ran", numeric: true, cell: ({ ran, held }) => <Duration of={ran ?? held} /> },
  {
    id: "error",
    title: "Error",
    wide: true,
    cell: ({ error, reason }) =>
      error === "" ? (
        <span class="muted">{reason?.replaceAll("_", " ") ?? ""}</span>
      ) : (
        <Clipped text={firstLine(error)} longest={80} />
      ),
  },
];

/** How the last runs of a task ended. */
export function RecentEnds({ name }: { readonly name: string }) {
  const q = filterText({ task: name });
  const ends = useQuery("ends", { q, limit: MOST }, { every: PACE });
  return (
    <Section title="Recent ends" aside={<a href={linkTo("activations", {}, { tab: "ended", q })}>All that are kept</a>}>
      <Loaded of={ends} what="The list of ends" rows={5}>
        {({ rows, since, completed }) => (
          <>
            {rows.length === 0 ? (
              <p class="muted">
                None of it has ended since the history begins, <Time at={since} />.
              </p>
            ) : (
              <Table
                caption="Recent ends"
                columns={COLUMNS}
                rows={rows}
                keyOf={({ id, end, at }) => `${id} ${end} ${at}`}
              />
            )}
            {completed.counted > completed.kept && (
              <p class="muted">
                Completed ones are sampled: {count(completed.kept)} of {count(completed.counted)} are kept.
              </p>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
