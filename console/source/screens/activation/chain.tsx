import { linkTo } from "../../data/location.ts";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import type { ChainRun } from "./timeline.ts";

/** The runs of a chain, each with where it is or how it ended. */
export function Chain({ runs }: { readonly runs: readonly ChainRun[] }) {
  return (
    <ol class="chain">
      {runs.map(({ id, attempt, here, text, state, bad }) => (
        <li key={id} aria-current={here ? "true" : undefined}>
          <span class="muted number">{attempt}.</span>
          {here ? (
            <strong class="mono">
              <Clipped text={id} longest={20} />
            </strong>
          ) : (
            <a class="mono" href={linkTo("activation", { id })}>
              <Clipped text={id} longest={20} />
            </a>
          )}
          {state === null ? <span class={bad ? "tone-bad" : "muted"}>{text}</span> : <StateMark of={state} />}
          {here && <span class="muted">this one</span>}
        </li>
      ))}
    </ol>
  );
}
