import { useState } from "preact/hooks";
import type { Finding } from "../../../../runtime/operations/diagnose/finding.js";
import type { JoinedProblems } from "../../../../runtime/operations/documents/front.js";
import { linkTo } from "../../data/location.ts";
import { LiveWaiting } from "../../parts/page/live-waiting.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { visible } from "../../parts/text/clip.ts";
import { durationWords } from "../../parts/text/duration.ts";
import { plural } from "../../parts/text/number.ts";
import { linkOf } from "./finding-link.ts";
import { Prose } from "./prose.tsx";
import "./findings.css";

/** Findings that are shown at first: the first ones are causes, and the worst. */
const SHOWN = 4;

interface Props {
  /** undefined: they are not known yet. */
  readonly problems: JoinedProblems | undefined;
  /** Nothing was ever sent: that is said below instead. */
  readonly isNew?: boolean;
  /** Only what concerns one task is shown, on its page. */
  readonly onTask?: boolean;
}

/** What is wrong, the worst first, or one calm sentence. */
export function Findings({ problems, isNew = false, onTask = false }: Props) {
  const [all, setAll] = useState(false);
  if (problems === undefined) return <LiveWaiting what="What is wrong" rows={2} />;
  const { findings, summary, partial } = problems;
  if (findings.length === 0) {
    // While a broker is silent nobody knows.
    const words = partial.length > 0 ? "Nothing is known to be wrong" : "Nothing is wrong";
    return isNew ? null : (
      <p class="all-well">
        <StateMark of="fine" word={`${words}${onTask ? " with this task" : ""}.`} />{" "}
        <span>{sentence(visible(summary))}</span>
      </p>
    );
  }
  const shown = all ? findings : findings.slice(0, SHOWN);
  return (
    <section class="findings" aria-label="What is wrong">
      <ol>
        {shown.map((finding) => (
          <FindingItem
            key={`${finding.code} ${finding.pool} ${finding.broker} ${finding.subject.name}`}
            finding={finding}
            onTask={onTask}
          />
        ))}
      </ol>
      {findings.length > SHOWN && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Only the first ${SHOWN}` : `Show ${plural(findings.length - SHOWN, "further finding")}`}
        </button>
      )}
    </section>
  );
}

function FindingItem({ finding, onTask }: { readonly finding: Finding; readonly onTask: boolean }) {
  const { level, age, text, evidence, hint, docs } = finding;
  const { label, screen, params, search } = linkOf(finding);
  return (
    <li class={`finding level-${level}`}>
      <div class="finding-level">
        <StateMark of={level} />
        {age !== null && <span class="muted">for {durationWords(age)}</span>}
      </div>
      <div class="finding-text">
        <h2>{sentence(visible(text))}</h2>
        {evidence.map((fact) => (
          <p key={fact} class="muted">
            <Prose text={sentence(fact)} />
          </p>
        ))}
        <p>
          <strong class="hint">What to do</strong> <Prose text={sentence(hint)} />{" "}
          <span class="muted finding-page mono">{docs}</span>
        </p>
      </div>
      {!(screen === "task" && onTask) && (
        <a class="button small" href={linkTo(screen, params, search)}>
          {label}
        </a>
      )}
    </li>
  );
}

/** Findings begin in lower case and end without a full stop, so that command line and page can put them in a line. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}
