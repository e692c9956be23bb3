import { linkTo } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { Section } from "../../parts/page/page.tsx";
import { Banner, Loaded } from "../../parts/page/states.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { count, percent } from "../../parts/text/number.ts";
import { Countdown } from "../../parts/text/time.tsx";
import { nextRuns } from "./next-runs.ts";

const MOST = 5;
/** Seconds. */
const PACE = 15;

/** What waits for a person, and what the clock starts next. */
export function Soon() {
  return (
    <div>
      <OpenLetters />
      <NextSchedules />
    </div>
  );
}

function OpenLetters() {
  const letters = useQuery("dead-letters", { state: "open", limit: 1 }, { every: PACE });
  return (
    <Section title="Dead letters" aside={<a href={linkTo("letters")}>All dead letters</a>}>
      <Loaded of={letters} what="The number of dead letters" rows={1}>
        {({ counts, read, partial }) => (
          <p>
            <span class={counts.open > 0 ? "big-number tone-bad" : "big-number"}>
              {partial.length > 0 || read < 1 ? "≥ " : ""}
              {count(counts.open)}
            </span>{" "}
            open
            <span class="muted">
              , {count(counts.replayed)} replayed, {count(counts.purged)} purged
              {read < 1 && `; ${percent(read)} of the topics are read`}
            </span>
          </p>
        )}
      </Loaded>
    </Section>
  );
}

function NextSchedules() {
  const schedules = useQuery("schedules", {}, { every: PACE });
  return (
    <Section title="Next schedules" aside={<a href={linkTo("schedules")}>All schedules</a>}>
      <Loaded of={schedules} what="The list of schedules" rows={3}>
        {({ schedules: all, problem }) => (
          <>
            {problem !== null && <Banner level="warning">{problem}</Banner>}
            {all.length === 0 ? (
              <p class="muted">No task has a schedule in this environment.</p>
            ) : (
              <ol class="next-runs">
                {nextRuns(all, MOST).map(({ task, name, words, at }) => (
                  <li key={`${task} ${at}`}>
                    <a href={linkTo("task", { name })}>
                      <Clipped text={task} longest={44} mono />
                    </a>
                    <span class="muted">{words}</span>
                    <span class="number">
                      <Countdown until={at} />
                    </span>
                  </li>
                ))}
              </ol>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}
