import { useShortcuts } from "../keys/keys.ts";
import { count, plural } from "../text/number.ts";

interface Props {
  /** Rows of this page. */
  readonly rows: number;
  /** All that match; absent: not known. */
  readonly total?: { readonly count: number; readonly exact: boolean } | undefined;
  /** One of them: "activation". */
  readonly noun: string;
  readonly nouns?: string;
  /** Absent: it is the first, or last, page. */
  readonly onPrevious?: (() => void) | undefined;
  readonly onNext?: (() => void) | undefined;
}

/** Cursor paging: there is a next page, not a page number. */
export function Pager({ rows, total, noun, nouns, onPrevious, onNext }: Props) {
  useShortcuts("List", [
    ...(onPrevious === undefined ? [] : [{ keys: "[", label: "Previous page", run: onPrevious }]),
    ...(onNext === undefined ? [] : [{ keys: "]", label: "Next page", run: onNext }]),
  ]);
  return (
    <nav class="pager" aria-label="Pages">
      <span class="number">
        {total === undefined || (total.exact && total.count === rows)
          ? plural(rows, noun, nouns)
          : `${count(rows)} of ${total.exact ? "" : "at least "}${plural(total.count, noun, nouns)}`}
      </span>
      <span class="pager-buttons">
        <button type="button" class="button small" disabled={onPrevious === undefined} onClick={onPrevious}>
          Previous
        </button>
        <button type="button" class="button small" disabled={onNext === undefined} onClick={onNext}>
          Next
        </button>
      </span>
    </nav>
  );
}

/** Rows that came since the list was read wait here, so that none moves under the hand. */
export function NewRows({ count: fresh, onShow }: { readonly count: number; readonly onShow: () => void }) {
  if (fresh <= 0) return null;
  return (
    <button type="button" class="new-rows" onClick={onShow}>
      {count(fresh)} new
    </button>
  );
}
