import { useEffect, useRef } from "preact/hooks";
import { chooseColumn, columnChoices, forgetColumns, type ListName } from "../../data/columns.ts";
import type { Column } from "./column.ts";

/** The columns that are shown: those of the list, and what the person chose. The title of a row always is. */
export function shownColumns<Row>(list: ListName, columns: readonly Column<Row>[]): readonly Column<Row>[] {
  const choice = columnChoices.value[list];
  return columns.flatMap((column) => {
    const chosen = column.card === "title" ? undefined : choice?.[column.id];
    if (chosen === undefined) return column.optional === true ? [] : [column];
    // What somebody asked for is there in a narrow window, too.
    return chosen ? [{ ...column, onlyWide: false, roomy: false }] : [];
  });
}

interface Props<Row> {
  readonly list: ListName;
  readonly columns: readonly Column<Row>[];
}

/** Chooses which columns a list has. */
export function ColumnsMenu<Row>({ list, columns }: Props<Row>) {
  const menu = useRef<HTMLDetailsElement>(null);
  const shown = new Set(shownColumns(list, columns).map(({ id }) => id));
  useEffect(() => {
    const close = ({ target }: Event) => {
      if (menu.current !== null && !(target instanceof Node && menu.current.contains(target)))
        menu.current.open = false;
    };
    for (const name of ["pointerdown", "focusin"]) document.addEventListener(name, close);
    return () => {
      for (const name of ["pointerdown", "focusin"]) document.removeEventListener(name, close);
    };
  }, []);
  return (
    <details
      ref={menu}
      class="columns-menu"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || menu.current?.open !== true) return;
        event.stopPropagation();
        menu.current.open = false;
        menu.current.querySelector("summary")?.focus();
      }}
    >
      <summary>
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" />
        </svg>
        <span class="visually-hidden">Columns</span>
      </summary>
      <fieldset class="columns-choice">
        <legend>Columns</legend>
        {columns
          .filter(({ card }) => card !== "title")
          .map(({ id, title }) => (
            <label key={id}>
              <input
                type="checkbox"
                checked={shown.has(id)}
                onChange={(event) => chooseColumn(list, id, event.currentTarget.checked)}
              />
              {title}
            </label>
          ))}
        {columnChoices.value[list] !== undefined && (
          <button type="button" class="link" onClick={() => forgetColumns(list)}>
            As before
          </button>
        )}
      </fieldset>
    </details>
  );
}
