import { visible } from "../../parts/text/clip.ts";
import { plural } from "../../parts/text/number.ts";
import { type DiffLine, nearChanges } from "./diff.ts";

/** Most lines of a comparison that are drawn. */
const MOST = 500;
const SIGNS = { added: "+", removed: "-", same: " " } as const;

/** What was removed and what was added, by sign and colour. */
export function Diff({ lines }: { readonly lines: readonly DiffLine[] }) {
  const shown = nearChanges(lines);
  return (
    <pre class="diff">
      {shown.slice(0, MOST).map((line, index) =>
        line.kind === "skipped" ? (
          <code key={index} class="skipped">
            {`  … ${plural(line.lines, "equal line")}\n`}
          </code>
        ) : (
          <code key={index} class={line.kind}>
            {`${SIGNS[line.kind]} ${visible(line.text)}\n`}
          </code>
        ),
      )}
      {shown.length > MOST && <code class="skipped">{`… ${plural(shown.length - MOST, "more line")}\n`}</code>}
    </pre>
  );
}
