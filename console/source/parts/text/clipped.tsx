import { useState } from "preact/hooks";
import { clip, visible } from "./clip.ts";

interface Props {
  readonly text: string;
  /** Most characters; default 80. */
  readonly longest?: number;
  /** Letters of one width: ids, names of tasks. */
  readonly mono?: boolean;
  /** Whether a click shows all of it; default: only the title does. */
  readonly opens?: boolean;
}

/** Most characters of a title. */
const TITLE = 500;

/** Characters at the end of a name that stay when it does not fit: they say most. */
const TAIL = 22;

interface FittedProps {
  readonly text: string;
}

/** A name from outside: one line that takes the width it gets; where that is too small, it is cut before its last characters. */
export function Fitted({ text }: FittedProps) {
  const characters = [...clip(text, TITLE)];
  return (
    <span class="fitted mono" title={clip(text, TITLE)}>
      <span>{characters.slice(0, -TAIL).join("")}</span>
      <span>{characters.slice(-TAIL).join("")}</span>
    </span>
  );
}

/** Text from outside: one line, cut in the middle, with every character visible. */
export function Clipped({ text, longest = 80, mono = false, opens = false }: Props) {
  const [open, setOpen] = useState(false);
  const shown = clip(text, longest);
  const classes = mono ? "mono" : undefined;
  if (shown === text) return <span class={classes}>{text}</span>;
  if (!opens) {
    return (
      <span class={classes} title={clip(text, TITLE)}>
        {shown}
      </span>
    );
  }
  return (
    <span class={classes}>
      {open ? <span class="full-text">{visible(text)}</span> : shown}{" "}
      <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "less" : "all"}
      </button>
    </span>
  );
}
