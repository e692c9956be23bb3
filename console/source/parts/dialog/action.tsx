import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { isLost } from "../../data/live.ts";
import { type Right, refusal } from "../../data/session.ts";

interface Props {
  readonly children: ComponentChildren;
  readonly onClick: () => void;
  /** What the person needs for it; default: operate. */
  readonly right?: Right;
  /** Why it cannot be done now; null: it can. */
  readonly why?: string | null | undefined;
  readonly tone?: "plain" | "main" | "danger";
  readonly small?: boolean;
  /** The key that does the same. */
  readonly shortcut?: string;
}

/** A button that changes something. Where role, state or connection forbid it, it is shown disabled, with the reason. */
export function Action({ children, onClick, right = "operate", why, tone = "plain", small = false, shortcut }: Props) {
  const reason = whyNot(right, why);
  const id = useId();
  return (
    <span class="action" data-tip={reason ?? undefined}>
      <button
        type="button"
        class={`button ${tone} ${small ? "small" : ""}`}
        // Focus still reaches it, so that the reason can be read by keyboard.
        aria-disabled={reason !== null}
        aria-describedby={reason === null ? undefined : id}
        aria-keyshortcuts={shortcut}
        onClick={() => {
          if (reason === null) onClick();
        }}
      >
        {children}
        {shortcut !== undefined && <kbd>{shortcut}</kbd>}
      </button>
      {reason !== null && (
        <span id={id} class="visually-hidden">
          {reason}
        </span>
      )}
    </span>
  );
}

/** Why a change cannot be made now; null: it can. */
export function whyNot(right: Right, why: string | null | undefined): string | null {
  if (isLost()) return "The connection is lost";
  return refusal(right) ?? why ?? null;
}
