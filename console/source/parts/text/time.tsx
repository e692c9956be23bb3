import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { now } from "../../data/clock.ts";
import { settings } from "../../data/settings.ts";
import { clip } from "./clip.ts";
import { durationWords, relativeWords } from "./duration.ts";
import { exactTime } from "./exact-time.ts";

interface Props {
  /** ISO 8601, or milliseconds since 1970; null: there is none. */
  readonly at: string | number | null | undefined;
  /** Shown when there is none; default "–". */
  readonly none?: string;
  /** The exact time instead of the distance. */
  readonly exact?: boolean;
}

/** A point in time: how far it is from now, and exactly on hover and focus. */
export function Time({ at, none = "–", exact = false }: Props) {
  if (at === null || at === undefined) return <span class="muted">{none}</span>;
  const time = typeof at === "number" ? at : Date.parse(at);
  if (!Number.isFinite(time)) return <span>{clip(String(at), 40)}</span>;
  const full = exactTime(time, settings.value.zone);
  return (
    <time dateTime={new Date(time).toISOString()} data-tip={exact ? undefined : full} tabIndex={exact ? undefined : 0}>
      {exact ? full : <Words of={time} words={relativeWords} />}
    </time>
  );
}

/** Time that is left until a point, counting down; "now" when it has passed. */
export function Countdown({ until }: { readonly until: string | number }) {
  const time = typeof until === "number" ? until : Date.parse(until);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time is reached by keyboard, too
    <time dateTime={new Date(time).toISOString()} data-tip={exactTime(time, settings.value.zone)} tabIndex={0}>
      <Words of={time} words={countdownWords} />
    </time>
  );
}

function countdownWords(until: number, now: number): string {
  const left = until - now;
  return left <= 0 ? "now" : durationWords(Math.ceil(left / 1000) * 1000);
}

interface WordsProps {
  readonly of: number;
  readonly words: (time: number, now: number) => string;
}

/** Words that follow the clock. Only the text changes with it, and nothing is rendered: a list has hundreds of them. */
function Words({ of, words }: WordsProps) {
  const text = useMemo(() => computed(() => words(of, now.value)), [of, words]);
  return <>{text}</>;
}

/** A span of milliseconds; null: not known. */
export function Duration({ of }: { readonly of: number | null | undefined }) {
  if (of === null || of === undefined) return <span class="muted">–</span>;
  return <span class="number">{durationWords(of)}</span>;
}
