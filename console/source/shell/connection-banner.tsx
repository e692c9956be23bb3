import { now } from "../data/clock.ts";
import { live } from "../data/live.ts";
import { Banner } from "../parts/page/states.tsx";
import { Clipped } from "../parts/text/clipped.tsx";
import { durationWords } from "../parts/text/duration.ts";
import { Time } from "../parts/text/time.tsx";

/** What the page does not know at the moment. */
export function ConnectionBanner() {
  return (
    <>
      <Source />
      {live.missing.value.map(({ broker, message }) => (
        <Banner key={broker} level="warning">
          <strong>
            <Clipped text={message.includes(broker) ? message : `${broker}: ${message}`} longest={300} />
          </strong>
          . Totals are lower bounds.
        </Banner>
      ))}
    </>
  );
}

/** Where live data come from, when that is not the stream. */
function Source() {
  const connection = live.connection.value;
  switch (connection.kind) {
    case "lost":
      return (
        <Banner level="failed">
          <strong>The connection is lost</strong>
          <Since at={connection.since} />. <Shown /> Changes cannot be made. It is tried again by itself.
        </Banner>
      );
    case "failing":
      return (
        <Banner level="failed">
          <strong>Live data cannot be loaded</strong>
          <Since at={connection.since} />: <Clipped text={connection.problem.message} longest={300} />. <Shown /> It is
          tried again by itself.
        </Banner>
      );
    case "polling":
      return <Banner level="info">The live stream does not come through, so this page asks every 5 s.</Banner>;
    case "resting":
      return (
        <Banner level="info">
          Nothing is refreshed by itself, as the settings say. <Shown /> Press r to refresh.
        </Banner>
      );
    case "connecting":
    case "streaming":
      return null;
  }
}

function Since({ at }: { readonly at: number }) {
  const age = now.value - at;
  return age < 1000 ? null : (
    <span class="number" aria-live="off">
      {" "}
      for {durationWords(age)}
    </span>
  );
}

function Shown() {
  const at = live.at.value;
  if (at === undefined) return null;
  return (
    <span aria-live="off">
      What is shown is as it was <Time at={at} />.
    </span>
  );
}
