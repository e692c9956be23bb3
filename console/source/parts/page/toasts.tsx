import { signal } from "@preact/signals";
import { announce } from "./announcer.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly level: "done" | "failed";
  /** A way back, as long as the toast is shown. */
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

/** How long a toast without an action is shown, milliseconds. Failures stay until they are closed. */
const SHOWN = 6000;
/** Most toasts at a time: the oldest leaves. */
const MOST = 4;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

interface Options {
  readonly level?: Toast["level"];
  readonly action?: Toast["action"];
  /** Milliseconds. */
  readonly shown?: number;
}

/** Says below the page what was done; returns how it is closed early. */
export function toast(text: string, { level = "done", action, shown = SHOWN }: Options = {}): () => void {
  lastId += 1;
  const id = lastId;
  const close = () => {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  };
  toasts.value = [...toasts.value, { id, text, level, action }].slice(-MOST);
  announce(text);
  if (level === "done") setTimeout(close, shown);
  return close;
}

export function Toasts() {
  const close = (id: number) => {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  };
  return (
    <section aria-label="Messages">
      <ul class="toasts">
        {toasts.value.map(({ id, text, level, action }) => (
          <li key={id} class={`toast ${level}`}>
            <span>{text}</span>
            {action !== undefined && (
              <button
                type="button"
                class="link"
                onClick={() => {
                  action.run();
                  close(id);
                }}
              >
                {action.label}
              </button>
            )}
            <button type="button" class="icon-button" onClick={() => close(id)}>
              <span aria-hidden="true">×</span>
              <span class="visually-hidden">Close</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
