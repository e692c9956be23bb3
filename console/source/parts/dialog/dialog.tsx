import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

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

const FIRST = ".dialog-content :is(input, select, textarea), .dialog-foot button";

/** A modal dialog; it is open as long as it is rendered, and returns the focus to where it was. */
export function Dialog({ title, onClose, children, foot, large = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const shown = useRef(true);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    shown.current = true;
    element?.showModal();
    // The first field, else the first button below, rather than the one that closes.
    element?.querySelector<HTMLElement>(FIRST)?.focus();
    return () => {
      shown.current = false;
      const { activeElement } = document;
      // By Esc the browser has returned the focus already, and it may have moved on since.
      const held = activeElement === document.body || element?.contains(activeElement) === true;
      element?.close();
      if (!held) return;
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else document.querySelector<HTMLElement>("h1")?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={large ? "dialog large" : "dialog"}
      aria-labelledby={heading}
      // By Esc the browser closes it; its event comes later than keys that are pressed meanwhile.
      onClose={() => {
        if (shown.current) onClose();
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
