import type { ComponentChildren } from "preact";
import { count as number } from "../../parts/text/number.ts";

interface Props {
  readonly count: number;
  /** Instead of "3 selected". */
  readonly words?: ComponentChildren;
  /** Beside the count. */
  readonly more?: ComponentChildren;
  readonly onClear: () => void;
  /** What can be done with it. */
  readonly children: ComponentChildren;
}

/** What is selected, in reach while the list is read. */
export function SelectedBar({ count, words, more, onClear, children }: Props) {
  return (
    <section class="selected" aria-label="What is selected">
      <p class="selected-count">
        {words ?? (
          <span>
            <strong>{number(count)}</strong> selected
          </span>
        )}
        {more}
        <button type="button" class="link" onClick={onClear}>
          Clear
        </button>
      </p>
      <div class="row">{children}</div>
    </section>
  );
}
