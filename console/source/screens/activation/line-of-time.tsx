import { durationWords } from "../../parts/text/duration.ts";
import { Countdown, Time } from "../../parts/text/time.tsx";
import type { Moment } from "./timeline.ts";

/** What happened, what is, and what follows, from top to bottom, with the time between two moments. */
export function LineOfTime({ moments }: { readonly moments: readonly Moment[] }) {
  return (
    <ol class="time-line">
      {moments.map(({ name, at, text, when, bad }, index) => {
        const before = moments[index - 1]?.at ?? null;
        const since = when === "past" && at !== null && before !== null ? at - before : 0;
        return (
          <li
            key={`${name} ${text}`}
            class={`moment ${when} ${bad === true ? "bad" : ""}`}
            aria-current={when === "now" ? "step" : undefined}
          >
            <span class="moment-text">{text}</span>
            <span class="moment-time">
              {when === "next" && at !== null ? (
                <>
                  in <Countdown until={at} />
                </>
              ) : when === "now" ? (
                "now"
              ) : (
                <Time at={at} none="time not known" />
              )}
              {since > 0 && <span class="muted number"> +{durationWords(since)}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
