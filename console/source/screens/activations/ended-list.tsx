import type { EndDocument } from "../../../../runtime/operations/documents/ends.js";
import type { Of } from "../../../../runtime/operations/documents/front.js";
import { linkTo, useHere } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Pager } from "../../parts/table/pager.tsx";
import { brokerColumn, nameColumns, placeColumn } from "../../parts/table/run-columns.tsx";
import { Table } from "../../parts/table/table.tsx";
import { Clipped, Fitted } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";

const before = new Map<string, string>();

/** How the last runs and activations ended. Completions are a sample, and the page says of how many. */
export function EndedList({ q }: { readonly q: string }) {
  const { search, change, go } = useHere();
  const cursor = search.get("cursor") ?? undefined;
  const result = useQuery("ends", { q, cursor, limit: 100 });
  return (
    <Loaded of={result} what="The history" rows={10}>
      {({ rows, cursor: next, since, completed, partial }) => (
        <div class="list">
          <p class="muted">
            {completed.counted > completed.kept ? (
              <>
                Sampled: {count(completed.kept)} of {count(completed.counted)} completions are kept, and of other ends
                the newest 8,192.
              </>
            ) : (
              <>All {count(completed.counted)} completions are kept, and of other ends the newest 8,192.</>
            )}{" "}
            The history begins <Time at={since} />.
          </p>
          {partial.length > 0 && (
            <Banner level="warning">
              {partial.map(({ broker }) => broker).join(", ")} did not answer: the history is not complete.
            </Banner>
          )}
          {rows.length === 0 && next === null && cursor === undefined ? (
            <Empty
              title={
                partial.length > 0
                  ? "Nothing at the brokers that answered"
                  : q === ""
                    ? "Nothing has ended yet"
                    : "Nothing that is kept of the history matches"
              }
            >
              <p>
                {q === ""
                  ? "What completes, fails, expires or is cancelled is shown here."
                  : "What ended before the history begins, and completions that were not sampled, are not here."}
              </p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Ended runs and activations, the newest first"
                list="ends"
                columns={COLUMNS}
                rows={rows}
                keyOf={(row) => `${row.broker} ${row.at} ${row.id} ${row.end}`}
                onOpen={(row) => go(linkTo("activation", { id: row.id }))}
                keys
              />
              <Pager
                rows={rows.length}
                noun="end"
                onPrevious={cursor === undefined ? undefined : () => change({ cursor: before.get(cursor) })}
                onNext={
                  next === null
                    ? undefined
                    : () => {
                        before.set(next, cursor ?? "");
                        change({ cursor: next });
                        window.scrollTo({ top: 0 });
                      }
                }
              />
            </>
          )}
        </div>
      )}
    </Loaded>
  );
}

const COLUMNS: readonly Column<Of<EndDocument>>[] = [
  { id: "task", title: "Task", card: "title", cell: ({ task }) => <Fitted text={task} /> },
  {
    id: "id",
    title: "Id",
    card: "hidden",
    cell: ({ id }) => (
      <a href={linkTo("activation", { id })}>
        <Clipped text={id} longest={13} mono />
      </a>
    ),
  },
  { id: "end", title: "End", cell: ({ end }) => <StateMark of={end} /> },
  { id: "at", title: "When", cell: ({ at }) => <Time at={at} /> },
  {
    id: "ran",
    title: "Ran",
    numeric: true,
    card: "hidden",
    cell: ({ ran, held }) =>
      ran !== null ? (
        durationWords(ran)
      ) : held !== null ? (
        <span class="muted" title="The worker does not measure its runs; it held this one for so long">
          held {durationWords(held)}
        </span>
      ) : (
        <span class="muted">–</span>
      ),
  },
  { id: "attempt", title: "Attempt", numeric: true, card: "hidden", cell: ({ attempt }) => attempt },
  {
    id: "error",
    title: "Error",
    wide: true,
    card: "hidden",
    cell: ({ error, reason }) => {
      const [line = ""] = error.split("\n", 1);
      if (line === "" && reason === null) return <span class="muted">–</span>;
      return (
        <>
          {line !== "" && <Clipped text={line} longest={90} />}
          {reason !== null && reason !== "error" && <span class="muted"> {reason}</span>}
        </>
      );
    },
  },
  {
    id: "worker",
    title: "Worker",
    card: "hidden",
    onlyWide: true,
    cell: ({ worker }) =>
      worker === null ? <span class="muted">–</span> : <Clipped text={worker} longest={20} mono />,
  },
  {
    id: "reason",
    title: "Reason",
    optional: true,
    cell: ({ reason }) => reason ?? <span class="muted">–</span>,
  },
  ...nameColumns((row: Of<EndDocument>) => row),
  placeColumn((row) => row),
  {
    id: "received",
    title: "Received",
    optional: true,
    cell: ({ receivedAt }) => <Time at={receivedAt} />,
  },
  brokerColumn((row) => row),
];
