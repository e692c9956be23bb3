import { settings } from "../../data/settings.ts";
import { Countdown } from "../../parts/text/time.tsx";
import { zoned } from "./words.ts";

interface Props {
  readonly next: readonly string[];
  readonly timezone: string | null;
}

/** The next run as a countdown; opened, the next five in the reader's zone and in that of the schedule. */
export function NextRuns({ next, timezone }: Props) {
  const [first] = next;
  if (first === undefined) return <span class="muted">none</span>;
  const reader = settings.value.zone === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <details class="next-five">
      <summary>
        in <Countdown until={first} />
      </summary>
      <ol>
        {next.map((iso) => {
          const moment = zoned(iso, reader, timezone);
          return (
            <li key={iso} class="number">
              {moment.reader}
              {moment.entry !== undefined && (
                <span class="muted">
                  {" "}
                  {moment.entry} {timezone}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </details>
  );
}
