import { useEffect, useRef, useState } from "preact/hooks";
import type { Filter } from "../../../../runtime/operations/filter/filter.js";
import { linkTo, useHere } from "../../data/location.ts";
import { Action } from "../../parts/dialog/action.tsx";
import { useShortcuts } from "../../parts/keys/keys.ts";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Banner, Loaded } from "../../parts/page/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { NewRows, Pager } from "../../parts/table/pager.tsx";
import { brokerColumn, nameColumns, placeColumn } from "../../parts/table/run-columns.tsx";
import { useSelection } from "../../parts/table/selection.ts";
import { Table } from "../../parts/table/table.tsx";
import { Clipped, Fitted } from "../../parts/text/clipped.tsx";
import { bytes, count } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import { ActDialog, type Target } from "./act-dialog.tsx";
import { type ActivationAct, commonHindrance } from "./allowed.ts";
import { NothingMatches } from "./nothing.tsx";
import { RunningJobs } from "./running-jobs.tsx";
import { SelectedBar } from "./selected-bar.tsx";
import type { ShownRow } from "./shown-rows.ts";
import { usePage } from "./use-page.ts";

interface Props {
  readonly q: string;
  readonly filter: Filter;
}

/** The pages before this one by their cursors, as far as this tab has seen them; "": the first. */
const before = new Map<string, string>();
const VERBS = ["Cancel", "Promote", "Purge"] as const;

/** What is in flight: a page of rows that stay where they are, what is selected of them, and what can be done with it. */
export function FlightList({ q, filter }: Props) {
  const { search, change, go } = useHere();
  const cursor = search.get("cursor") ?? undefined;
  const { result, rows, fresh, show } = usePage(q, cursor);
  const selection = useSelection();
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState<{ readonly act: ActivationAct; readonly target: Target }>();
  const total = result.data?.total;
  const place = `${q} ${cursor ?? ""}`;
  const { clear } = selection;
  useEffect(() => {
    clear();
    setAll(false);
  }, [place]);
  const list = useRef<HTMLDivElement>(null);
  const focused = () => list.current?.querySelector<HTMLElement>("tr:focus, tr:focus-within")?.dataset.key;

  const selected = rows.filter(({ row, end }) => selection.keys.has(row.id) && end === undefined);
  const isWholePage = rows.length > 0 && rows.every(({ row }) => selection.keys.has(row.id));
  const isMore = total !== undefined && (total.count > rows.length || !total.exact);
  const why = (act: ActivationAct) =>
    all
      ? null
      : commonHindrance(
          act,
          selected.map(({ row }) => row),
        );
  const ask = (act: ActivationAct) => {
    if (all) return setAsking({ act, target: { q } });
    const ids = selected.map(({ row }) => row.id);
    const key = ids.length === 0 ? focused() : undefined;
    const one = rows.find(({ row, end }) => row.id === key && end === undefined);
    if (one !== undefined && commonHindrance(act, [one.row]) === null) ids.push(one.row.id);
    if (ids.length > 0) setAsking({ act, target: { ids } });
  };
  useShortcuts("Activations", [
    { keys: "c", label: "Cancel what is selected, or the row", run: () => ask("cancel") },
    { keys: "t", label: "Make it due now", run: () => ask("retry") },
  ]);

  return (
    <div class="list" ref={list}>
      <RunningJobs verbs={VERBS} onEnd={result.reload} />
      {cursor === undefined && <NewRows count={fresh} onShow={show} />}
      {result.data !== undefined && result.data.partial.length > 0 && (
        <Banner level="warning">
          {result.data.partial.map(({ broker }) => broker).join(", ")} did not answer: the list is not complete.
        </Banner>
      )}
      <Loaded of={result} what="The list of activations" rows={10}>
        {(data) =>
          rows.length === 0 && data.cursor === null && cursor === undefined && data.looked === null ? (
            <NothingMatches filter={filter} q={q} isPartial={data.partial.length > 0} />
          ) : (
            <>
              <Table
                caption="Activations in flight"
                list="activations"
                columns={COLUMNS}
                rows={rows}
                keyOf={({ row }) => row.id}
                nameOf={({ row }) => row.id}
                selection={{
                  ...selection,
                  toggle: (key) => {
                    setAll(false);
                    selection.toggle(key);
                  },
                  togglePage: (keys) => {
                    setAll(false);
                    selection.togglePage(keys);
                  },
                }}
                onOpen={({ row }) => go(linkTo("activation", { id: row.id }))}
                isOver={({ left }) => left}
                keys
              />
              {data.looked !== null && (
                <p class="muted">
                  Looked at {count(data.looked.rows)} of {count(data.looked.of)} activations.
                  {data.cursor !== null && " Next looks further."}
                </p>
              )}
              <Pager
                rows={rows.length}
                total={data.total}
                noun="activation"
                onPrevious={cursor === undefined ? undefined : () => change({ cursor: before.get(cursor) })}
                onNext={
                  data.cursor === null
                    ? undefined
                    : () => {
                        before.set(data.cursor ?? "", cursor ?? "");
                        change({ cursor: data.cursor ?? undefined });
                        window.scrollTo({ top: 0 });
                      }
                }
              />
            </>
          )
        }
      </Loaded>
      {(selection.keys.size > 0 || all) && (
        <SelectedBar
          count={selection.keys.size}
          words={
            all && total !== undefined ? (
              <span>
                <strong>
                  All {total.exact ? "" : "at least "}
                  {count(total.count)}
                </strong>{" "}
                that match
              </span>
            ) : undefined
          }
          more={
            isWholePage && isMore && !all ? (
              <button type="button" class="link" onClick={() => setAll(true)}>
                Select all {total.exact ? "" : "at least "}
                {count(total.count)} that match
              </button>
            ) : undefined
          }
          onClear={() => {
            selection.clear();
            setAll(false);
          }}
        >
          <Action tone="danger" shortcut="c" why={why("cancel")} onClick={() => ask("cancel")}>
            Cancel
          </Action>
          <Action shortcut="t" why={why("retry")} onClick={() => ask("retry")}>
            Retry now
          </Action>
          <Action tone="danger" why={why("purge")} onClick={() => ask("purge")}>
            Purge
          </Action>
        </SelectedBar>
      )}
      {asking !== undefined && (
        <ActDialog
          act={asking.act}
          target={asking.target}
          onClose={() => setAsking(undefined)}
          onDone={() => {
            selection.clear();
            setAll(false);
            result.reload();
          }}
        />
      )}
    </div>
  );
}

const COLUMNS: readonly Column<ShownRow>[] = [
  {
    id: "task",
    title: "Task",
    card: "title",
    cell: ({ row }) => <Fitted text={row.task} />,
  },
  {
    id: "id",
    title: "Id",
    card: "hidden",
    cell: ({ row }) => (
      <a href={linkTo("activation", { id: row.id })}>
        <Clipped text={row.id} longest={13} mono />
      </a>
    ),
  },
  {
    id: "state",
    title: "State",
    cell: ({ row, left, end }) =>
      end !== undefined ? (
        <StateMark of={end.end} />
      ) : left ? (
        <StateMark of="gone" word="left this list" />
      ) : (
        <>
          <StateMark of={row.state} />
          {row.state === "processing" && row.reason === "cancelled" && <span class="muted"> asked to end</span>}
        </>
      ),
  },
  {
    id: "when",
    title: "Age or due",
    cell: ({ row, end }) => <When row={row} end={end} />,
  },
  {
    id: "attempt",
    title: "Attempt",
    numeric: true,
    card: "hidden",
    cell: ({ row }) => (
      <>
        {row.attempt}
        {row.attempts !== null && <span class="muted"> of {row.attempts}</span>}
      </>
    ),
  },
  {
    id: "worker",
    title: "Worker",
    card: "hidden",
    cell: ({ row }) =>
      row.worker === null ? <span class="muted">–</span> : <Clipped text={row.worker} longest={22} mono />,
  },
  {
    id: "error",
    title: "Error",
    wide: true,
    card: "hidden",
    cell: ({ row, end }) => {
      const error = end?.error ?? row.error ?? "";
      return error === "" ? (
        <span class="muted">–</span>
      ) : (
        <Clipped text={error.split("\n", 1)[0] ?? ""} longest={60} />
      );
    },
  },
  ...nameColumns(({ row }: ShownRow) => row),
  placeColumn(({ row }) => row),
  {
    id: "size",
    title: "Size",
    optional: true,
    numeric: true,
    cell: ({ row }) => bytes(row.size),
  },
  {
    id: "expires",
    title: "Expires",
    optional: true,
    cell: ({ row }) => (row.expires === null ? <span class="muted">–</span> : <Time at={row.expires} />),
  },
  brokerColumn(({ row }) => row),
];

function When({ row, end }: Pick<ShownRow, "row" | "end">) {
  if (end !== undefined) return <Time at={end.at} />;
  if (row.state === "delayed" && row.due !== null) {
    return (
      <>
        <span class="muted">due </span>
        <Time at={row.due} />
      </>
    );
  }
  return <Time at={row.received} />;
}
