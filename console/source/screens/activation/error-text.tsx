import { useState } from "preact/hooks";
import { isReason, REASONS } from "../../../../runtime/activation/reasons.js";
import { visible } from "../../parts/text/clip.ts";
import { Copy } from "../../parts/text/copy.tsx";
import { plural } from "../../parts/text/number.ts";

/** Lines of a stack that are shown at first. */
const SHOWN = 12;
/** Most lines: an error is at most 4 KiB, but lines may be empty. */
const MOST = 400;

/** An error with its stack; frames of other packages step back. */
export function ErrorText({ error }: { readonly error: string }) {
  const [all, setAll] = useState(false);
  const [first = "", ...stack] = error.split("\n").slice(0, MOST);
  const shown = all ? stack : stack.slice(0, SHOWN);
  return (
    <div class="error-text">
      <p class="error-line">{visible(first)}</p>
      {shown.length > 0 && (
        <pre class="stack">
          {shown.map((line, index) => (
            <code key={index} class={/node_modules|\(?node:/.test(line) ? "foreign" : undefined}>
              {`${visible(line)}\n`}
            </code>
          ))}
        </pre>
      )}
      <div class="row">
        {stack.length > SHOWN && (
          <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? "Fewer lines" : `${plural(stack.length - SHOWN, "more line")}`}
          </button>
        )}
        <Copy text={error} label="Copy error" />
      </div>
    </div>
  );
}

/** A reason, and what it means. */
export function ReasonWords({ reason }: { readonly reason: string | null }) {
  if (reason === null) return null;
  return (
    <span class="muted">
      <code>{visible(reason)}</code>
      {isReason(reason) && `: ${REASONS[reason]}`}
    </span>
  );
}
