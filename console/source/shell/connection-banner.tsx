import { now } from "../data/clock.ts";
import { live } from "../data/live.ts";
import { Banner } from "../parts/page/states.tsx";
import { durationWords } from "../parts/text/duration.ts";
import { Time } from "../parts/text/time.tsx";

/** What the page does not know at the moment. */
export function ConnectionBanner() {
  const connection = live.connection.value;
  const missing = live.missing.value;
  return (
    <>
      {connection.kind === "lost" && (
        <Banner level="failed">
          <strong>The connection is lost</strong> for {durationWords(Math.max(0, now.value - connection.since))}. What
          is shown is as it was <Time at={live.at.value} />; changes cannot be made. It is tried again by itself.
        </Banner>
      )}
      {connection.kind === "polling" && (
        <Banner level="info">The live stream does not come through, so this page asks every 5 s.</Banner>
      )}
      {connection.kind === "resting" && (
        <Banner level="info">
          Nothing is refreshed by itself, as the settings say. What is shown is as it was <Time at={live.at.value} />.
          Press r to refresh.
        </Banner>
      )}
      {missing.map(({ broker, message }) => (
        <Banner key={broker} level="warning">
          <strong>{broker} does not answer</strong>: {message}. Totals are lower bounds.
        </Banner>
      ))}
    </>
  );
}
