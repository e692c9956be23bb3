import { live } from "../data/live.ts";
import { linkTo } from "../data/location.ts";
import { StateMark } from "../parts/page/state-mark.tsx";
import { Clipped } from "../parts/text/clipped.tsx";
import { plural } from "../parts/text/number.ts";

/** The worst of what is wrong, on every screen but the overview, which shows all of it. */
export function FindingsBar() {
  // Silent brokers are named above it.
  const findings = (live.problems.value?.findings ?? []).filter(({ code }) => code !== "broker_silent");
  const [worst] = findings;
  if (worst === undefined) return null;
  return (
    <a class={`findings-bar ${worst.level}`} href={linkTo("overview")}>
      <StateMark of={worst.level} />
      <span class="findings-text">
        <Clipped text={worst.text} longest={160} />
      </span>
      {findings.length > 1 && <span class="muted number">{plural(findings.length - 1, "further finding")}</span>}
    </a>
  );
}
