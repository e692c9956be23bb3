import { useEffect, useRef } from "preact/hooks";
import { live } from "../data/live.ts";
import { linkTo } from "../data/location.ts";
import { announceCalmly } from "../parts/page/announcer.tsx";
import { StateMark } from "../parts/page/state-mark.tsx";
import { visible } from "../parts/text/clip.ts";
import { Clipped } from "../parts/text/clipped.tsx";
import { plural } from "../parts/text/number.ts";

/** The worst of what is wrong, on every screen but the overview, which shows all of it. */
export function FindingsBar() {
  // Silent brokers are named above it.
  const findings = (live.problems.value?.findings ?? []).filter(({ code }) => code !== "broker_silent");
  const [worst] = findings;
  const text = worst?.text ?? "";
  const before = useRef(text);
  useEffect(() => {
    // Numbers in it change all the time; what it is about does not.
    const isOther = text.replaceAll(/[\d.,]+/g, "") !== before.current.replaceAll(/[\d.,]+/g, "");
    before.current = text;
    if (isOther) announceCalmly(text === "" ? "Nothing is wrong any more" : `${worst?.level}: ${visible(text)}`);
  }, [text, worst?.level]);
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
