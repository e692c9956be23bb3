import { useEffect, useRef, useState } from "preact/hooks";
import type { LettersPage } from "../../../../runtime/operations/documents/front.js";
import { live } from "../../data/live.ts";
import { linkTo, useHere } from "../../data/location.ts";
import { type Result, refreshes } from "../../data/query.ts";
import { Action, whyNot } from "../../parts/dialog/action.tsx";
import { useShortcuts } from "../../parts/keys/keys.ts";
import { StateMark } from "../../parts/page/state-mark.tsx";
import type { Column } from "../../parts/table/column.ts";
import { NewRows, Pager } from "../../parts/table/pager.tsx";
import { brokerColumn, nameColumns } from "../../parts/table/run-columns.tsx";
import { useSelection } from "../../parts/table/selection.ts";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { bytes, count } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import { SelectedBar } from "../activations/selected-bar.tsx";
import { commonHindrance, FROM_LOG, type LetterAct } from "./allowed.ts";
import { placeParts } from "./place.ts";
import { purging } from "./purge-later.ts";
import { PurgeDialog, ReplayDialog } from "./resolve-dialog.tsx";

interface Props {
  readonly page: LettersPage;
  readonly result: Result<LettersPage>;
  readonly q: string;
  readonly state: string;
}

type Row = LettersPage["rows"][number];

/** Places of several pools may be equal. */
const keyOf = ({ pool, place }: Row) => (pool === undefined ? place : `${pool} ${place}`);

/** The pages before this one by their cursors, as far as this tab has seen them. */
const before = new Map<string, string>();

/** A page of dead letters, what is selected of them, and what can be done with it. */
export function LetterList({ page, result, q, state }: Props) {
  const { search, change, go } = useHere();
  const cursor = search.get("cursor") ?? undefined;
  const selection = useSelection();
  const [asking, setAsking] = useState<{ readonly act: LetterAct; readonly letters: readonly Row[] }>();
  const { clear } = selection;
  const place = `${q} ${state} ${cursor ?? ""}`;
  useEffect(() => clear(), [place]);
  const list = useRef<HTMLDivElement>(null);
  const fresh = useFresh(result, place);
  const selected = page.rows.filter((letter) => selection.keys.has(keyOf(letter)));

  const whyOf = (act: LetterAct, letters: readonly Row[]) => {
    if (letters.length > 0 && letters.every(({ broker }) => page.fromLog.includes(broker))) return FROM_LOG;
    if (new Set(letters.map(({ pool }) => pool)).size > 1) return "They are of several pools: select those of one";
    return commonHindrance(act, letters);
  };
  const ask = (act: LetterAct) => {
    const key = list.current?.querySelector<HTMLElement>("tr:focus, tr:focus-within")?.dataset.key;
    const letters = selected.length > 0 ? selected : page.rows.filter((letter) => keyOf(letter) === key);
    const open = letters.filter((letter) => whyOf(act, [letter]) === null);
    const [first] = open;
    if (first === undefined || whyNot("operate", null) !== null) return;
    if (act === "edit") go(linkTo("letter", placeParts(first.place), { of: first.pool, edit: 1 }));
    else setAsking({ act, letters: open });
  };
  useShortcuts("Dead letters", [
    { keys: "p", label: "Replay what is selected, or the row", run: () => ask("replay") },
    { keys: "e", label: "Edit the row and replay it", run: () => ask("edit") },
    { keys: "#", label: "Purge what is selected, or the row", run: () => ask("purge") },
  ]);
  const close = () => setAsking(undefined);
  const done = () => {
    selection.clear();
    result.reload();
  };
  return (
    <div class="list" ref={list}>
      {cursor === undefined && q === "" && state === "open" && <NewRows count={fresh} onShow={result.reload} />}
      <Table
        caption="Dead letters, the newest first"
        list="letters"
        columns={columnsOf(state === "all" || purging.value.size > 0)}
        rows={page.rows}
        keyOf={keyOf}
        nameOf={(letter) => letter.place}
        selection={selection}
        onOpen={(letter) => go(linkTo("letter", placeParts(letter.place), { of: letter.pool }))}
        isOver={(letter) => purging.value.has(letter.place)}
        keys
      />
      {page.looked !== null && (
        <p class="muted">
          Looked at {count(page.looked.rows)} of {count(page.looked.of)} dead letters.
          {page.cursor !== null && " Next looks further."}
        </p>
      )}
      <Pager
        rows={page.rows.length}
        total={page.total}
        noun="dead letter"
        onPrevious={cursor === undefined ? undefined : () => change({ cursor: before.get(cursor) })}
        onNext={
          page.cursor === null
            ? undefined
            : () => {
                before.set(page.cursor ?? "", cursor ?? "");
                change({ cursor: page.cursor ?? undefined });
                window.scrollTo({ top: 0 });
              }
        }
      />
      {selection.keys.size > 0 && (
        <SelectedBar count={selection.keys.size} onClear={selection.clear}>
          <Action tone="main" shortcut="p" why={whyOf("replay", selected)} onClick={() => ask("replay")}>
            Replay
          </Action>
          <Action tone="danger" shortcut="#" why={whyOf("purge", selected)} onClick={() => ask("purge")}>
            Purge
          </Action>
        </SelectedBar>
      )}
      {asking?.act === "replay" && <ReplayDialog target={asking} onClose={close} onDone={done} />}
      {asking?.act === "purge" && <PurgeDialog target={asking} onClose={close} onDone={done} />}
    </div>
  );
}

/** How many letters came since the page was read; 0 where that is not known. */
function useFresh({ at }: Result<LettersPage>, place: string): number {
  const total = live.news.value?.letters ?? null;
  const read = useRef<{ readonly key: string; readonly total: number | null }>({ key: "", total: null });
  const key = `${place} ${at ?? 0} ${refreshes.value}`;
  if (read.current.key !== key || read.current.total === null) read.current = { key, total };
  return total === null || read.current.total === null ? 0 : Math.max(0, total - read.current.total);
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: "error",
    title: "Error",
    wide: true,
    card: "title",
    cell: ({ error, reason, task, content, place, pool }) => (
      <div class="letter-error">
        <a href={linkTo("letter", placeParts(place), { of: pool })}>
          <Clipped text={error.split("\n", 1)[0] || reason} longest={90} />
        </a>
        <span class="muted">
          {task === "" ? content : <Clipped text={task} longest={40} mono />} · {reason}
        </span>
      </div>
    ),
  },
  { id: "at", title: "Ended", cell: ({ at }) => <Time at={at} none="unknown" /> },
  { id: "attempts", title: "Runs", numeric: true, card: "hidden", cell: ({ attempts }) => attempts },
  {
    id: "place",
    title: "Place",
    card: "hidden",
    onlyWide: true,
    cell: ({ place }) => <Clipped text={place} longest={28} mono />,
  },
  {
    id: "id",
    title: "Id of the run",
    optional: true,
    cell: ({ id }) => <Clipped text={id} longest={13} mono />,
  },
  ...nameColumns((row: Row) => row),
  {
    id: "group",
    title: "Error group",
    optional: true,
    cell: ({ fingerprint }) => <span class="mono">{fingerprint === "" ? "–" : fingerprint}</span>,
  },
  {
    id: "size",
    title: "Size",
    optional: true,
    numeric: true,
    cell: ({ size }) => bytes(size),
  },
  brokerColumn((row) => row),
];

const STATE: Column<Row> = {
  id: "state",
  title: "State",
  cell: ({ state, place }) =>
    purging.value.has(place) ? <StateMark of="purged" word="purged soon" /> : <StateMark of={state} />,
};

/** Columns of a list; its letters have the same state unless `states`. */
function columnsOf(states: boolean): readonly Column<Row>[] {
  return states ? [...COLUMNS, STATE] : COLUMNS;
}
