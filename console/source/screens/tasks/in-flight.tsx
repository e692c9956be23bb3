import type { ComponentChildren } from "preact";
import { linkTo } from "../../data/location.ts";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count, percent, rate } from "../../parts/text/number.ts";
import { filterText } from "./filter-text.ts";
import { failingShare, type TaskFacts } from "./task-facts.ts";

const STATES = ["pending", "processing", "delayed", "parked", "retry", "failure"] as const;

/** How much of a task is in which state, and how its last minute went. */
export function InFlight({ facts }: { readonly facts: TaskFacts }) {
  const { task, counts, oldestPending, done } = facts;
  const share = failingShare(facts);
  return (
    <dl class="tiles narrow">
      {STATES.filter((state) => state === "pending" || state === "processing" || counts[state] > 0).map((state) => (
        <Fact key={state} name={<StateMark of={state} />}>
          <a href={linkTo("activations", {}, { q: filterText({ state, task }) })}>{count(counts[state])}</a>
        </Fact>
      ))}
      <Fact name="Oldest pending">
        {oldestPending === null ? <span class="muted">none waits</span> : durationWords(oldestPending)}
      </Fact>
      <Fact name="Done a second">{rate(done / 60)}</Fact>
      <Fact name="Failing">
        {share === null ? (
          <span class="muted">none ended</span>
        ) : share === 0 ? (
          "0 %"
        ) : (
          <span class="tone-bad">{percent(share)}</span>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: ComponentChildren; readonly children: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd class="big-number">{children}</dd>
    </div>
  );
}
