import { useRef } from "preact/hooks";
import type { ListName } from "../../data/columns.ts";
import { useShortcuts } from "../keys/keys.ts";
import { count } from "../text/number.ts";
import type { Column } from "./column.ts";
import { ColumnsMenu, shownColumns } from "./columns.tsx";
import type { Selection } from "./selection.ts";

interface Props<Row> {
  /** What the table has, for screen readers; shown above it with `captioned`. */
  readonly caption: string;
  readonly captioned?: boolean;
  readonly columns: readonly Column<Row>[];
  /** Its columns can be chosen; where they are remembered. */
  readonly list?: ListName;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** The name of a row, for its checkbox. */
  readonly nameOf?: (row: Row) => string;
  readonly selection?: Selection | undefined;
  /** Enter on a row, or a click beside its links. */
  readonly onOpen?: (row: Row) => void;
  /** A row that is over: it stays, greyed. */
  readonly isOver?: (row: Row) => boolean;
  /** Keys j k x Enter; one table of a screen has them. */
  readonly keys?: boolean;
}

/** Most rows that are drawn: the page stays fast, and the browser's search finds what is shown. */
const MOST = 1000;

export function Table<Row>({
  caption,
  captioned = false,
  columns: all,
  list,
  rows,
  keyOf,
  nameOf,
  selection,
  onOpen,
  isOver,
  keys = false,
}: Props<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = rows.slice(0, MOST);
  const pageKeys = shown.map(keyOf);
  const columns = list === undefined ? all : shownColumns(list, all);
  useTableKeys(body, shown, { keyOf, selection, onOpen }, keys);
  // The headings end below the menu, in a window that is too narrow for the last columns, too.
  const last =
    list === undefined
      ? []
      : [
          columns.at(-1),
          columns.findLast(({ onlyWide }) => onlyWide !== true),
          columns.findLast(({ onlyWide, roomy }) => onlyWide !== true && roomy !== true),
        ];
  const classes = (column: Column<Row>) => `${classesOf(column)} ${last.includes(column) ? "menu-room" : ""}`.trim();
  const frame = (
    <div class="table-frame">
      <table class="table">
        <caption class={captioned ? undefined : "visually-hidden"}>{caption}</caption>
        <thead>
          <tr>
            {selection !== undefined && (
              <th scope="col" class="cell-check">
                <label class="check">
                  <input
                    type="checkbox"
                    aria-label="Select all on this page"
                    checked={pageKeys.length > 0 && pageKeys.every((key) => selection.keys.has(key))}
                    onChange={() => selection.togglePage(pageKeys)}
                  />
                </label>
              </th>
            )}
            {columns.map((column) => (
              <th key={column.id} scope="col" class={classes(column)} aria-sort={column.sorted}>
                {column.onSort === undefined ? (
                  column.title
                ) : (
                  <button type="button" class="sort" onClick={column.onSort}>
                    {column.title}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {shown.map((row) => {
            const key = keyOf(row);
            const selected = selection?.keys.has(key) === true;
            return (
              <tr
                key={key}
                data-key={key}
                tabIndex={keys ? -1 : undefined}
                aria-selected={selection === undefined ? undefined : selected}
                class={isOver?.(row) === true ? "over" : undefined}
                onClick={(event) => {
                  if (onOpen !== undefined && isPlain(event)) onOpen(row);
                }}
              >
                {selection !== undefined && (
                  <td class="cell-check">
                    <label class="check">
                      <input
                        type="checkbox"
                        aria-label={`Select ${nameOf?.(row) ?? key}`}
                        checked={selected}
                        onChange={() => selection.toggle(key)}
                      />
                    </label>
                  </td>
                )}
                {columns.map((column) => (
                  <td
                    key={column.id}
                    data-title={column.title}
                    class={`card-${column.card ?? "fact"} ${classes(column)}`}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length > MOST && (
        <p class="table-note">
          The first {count(MOST)} of {count(rows.length)} are shown; narrow the list to see the others.
        </p>
      )}
    </div>
  );
  if (list === undefined) return frame;
  return (
    <div class="table-of-list">
      <ColumnsMenu list={list} columns={all} />
      {frame}
    </div>
  );
}

function classesOf<Row>({ numeric, wide, onlyWide, roomy }: Column<Row>): string {
  const names = { numeric, wide, "only-wide": onlyWide, roomy };
  return Object.entries(names)
    .flatMap(([name, is]) => (is === true ? [name] : []))
    .join(" ");
}

/** A click that is meant for the row: not on a link or button in it, not the end of a selection of text. */
function isPlain(event: MouseEvent): boolean {
  const { target } = event;
  if (!(target instanceof Element) || target.closest("a, button, input, label, summary, time") !== null) return false;
  return window.getSelection()?.isCollapsed !== false;
}

interface RowActions<Row> {
  readonly keyOf: (row: Row) => string;
  readonly selection: Selection | undefined;
  readonly onOpen: ((row: Row) => void) | undefined;
}

function useTableKeys<Row>(
  body: { readonly current: HTMLTableSectionElement | null },
  rows: readonly Row[],
  { keyOf, selection, onOpen }: RowActions<Row>,
  active: boolean,
): void {
  const focused = () => {
    const key = document.activeElement?.closest("tr")?.dataset.key;
    return rows.findIndex((row) => keyOf(row) === key);
  };
  const move = (by: number) => {
    const { current } = body;
    const at = focused();
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    const row = current?.rows[next];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  const onFocused = (act: (row: Row) => void) => () => {
    const row = rows[focused()];
    if (row !== undefined) act(row);
  };
  const shortcuts = [
    { keys: "j", label: "Next row", run: () => move(1) },
    { keys: "k", label: "Previous row", run: () => move(-1) },
    ...(onOpen === undefined ? [] : [{ keys: "Enter", label: "Open the row", run: onFocused(onOpen) }]),
    ...(selection === undefined
      ? []
      : [
          { keys: "x", label: "Select the row", run: onFocused((row) => selection.toggle(keyOf(row))) },
          { keys: "*", label: "Select all on this page", run: () => selection.togglePage(rows.map(keyOf)) },
        ]),
  ];
  useShortcuts("List", shortcuts, active);
}
