import { useEffect, useRef } from "preact/hooks";
import type { VerbName } from "../../../../runtime/operations/verbs.js";
import { live } from "../../data/live.ts";
import { count } from "../../parts/text/number.ts";

interface Props {
  /** Bulk work that changes what the list shows. */
  readonly verbs: readonly VerbName[];
  /** Such a job has ended. */
  readonly onEnd: () => void;
}

const DOES: Readonly<Partial<Record<VerbName, string>>> = {
  Cancel: "Cancelling",
  Promote: "Making due",
  Purge: "Purging",
  ReplayLetters: "Replaying",
  PurgeLetters: "Purging",
};

/** How far bulk work on this list is. */
export function RunningJobs({ verbs, onEnd }: Props) {
  const running = (live.jobs.value?.jobs ?? []).filter(({ verb, endedAt }) => endedAt === null && verbs.includes(verb));
  const before = useRef<ReadonlySet<string>>(new Set());
  const ids = running.map(({ broker, id }) => `${broker} ${id}`);
  const all = ids.join(",");
  useEffect(() => {
    const hasEnded = [...before.current].some((id) => !ids.includes(id));
    before.current = new Set(ids);
    if (hasEnded) onEnd();
  }, [all]);
  if (running.length === 0) return null;
  return (
    <ul class="running-jobs">
      {running.map(({ id, broker, verb, total, matched, done, asked, actor }) => (
        <li key={`${broker} ${id}`}>
          <span>
            <strong>{DOES[verb] ?? verb}</strong>{" "}
            <span class="number">
              {count(done + asked)} of {count(total ?? matched)}
            </span>
            <span class="muted">
              {" "}
              by {actor} on {broker}
            </span>
          </span>
          <progress
            aria-label={`${DOES[verb] ?? verb} on ${broker}`}
            max={Math.max(1, total ?? matched)}
            value={matched}
          />
        </li>
      ))}
    </ul>
  );
}
