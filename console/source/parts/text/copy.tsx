import { useState } from "preact/hooks";
import { announce } from "../page/announcer.tsx";
import { copyText } from "./clipboard.ts";

interface Props {
  readonly text: string | (() => string);
  /** What is copied, as in "Copy id". */
  readonly label: string;
  /** Only the sign, with the label for screen readers and on hover. */
  readonly small?: boolean;
}

export function Copy({ text, label, small = false }: Props) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    const worked = await copyText(typeof text === "function" ? text() : text);
    setDone(worked);
    announce(worked ? "Copied" : "The browser did not copy; select the text and copy it by hand");
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button
      type="button"
      class={small ? "icon-button" : "button small"}
      title={small ? label : undefined}
      onClick={copy}
    >
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        {done ? <path d="M3 8.5 6.5 12 13 4.5" /> : <path d="M5.5 5.5h7v8h-7zM3.5 10.5v-8h7" />}
      </svg>
      {small ? <span class="visually-hidden">{label}</span> : done ? "Copied" : label}
    </button>
  );
}
