import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  readonly title: string;
  /** Esc, the button, a click beside it. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** Buttons below. */
  readonly foot?: ComponentChildren;
  /** For trees, diffs and forms. */
  readonly large?: boolean;
}

/** A modal dialog; it is open as long as it is rendered, and returns the focus to where it was. */
export function Dialog({ title, onClose, children, foot, large = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    // The first field, else the first button below, rather than the one that closes.
    const first = element?.querySelector<HTMLElement>(
      ":is(.dialog-content) :is(input, select, textarea), .dialog-foot button",
    );
    first?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else document.querySelector<HTMLElement>("h1")?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={large ? "dialog large" : "dialog"}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="icon-button" onClick={onClose}>
            <span aria-hidden="true">×</span>
            <span class="visually-hidden">Close</span>
          </button>
        </div>
        <div class="dialog-content">{children}</div>
        {foot !== undefined && <div class="dialog-foot">{foot}</div>}
      </div>
    </dialog>
  );
}
