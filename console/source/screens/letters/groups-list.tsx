import type { Filter } from "../../../../runtime/operations/filter/filter.js";
import { printFilter } from "../../../../runtime/operations/filter/print.js";
import { now } from "../../data/clock.ts";
import { linkTo } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { Loaded } from "../../parts/page/states.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { relativeWords } from "../../parts/text/duration.ts";
import { count, plural } from "../../parts/text/number.ts";
import { isChosen, withGroup, withoutGroup } from "./groups.ts";

interface Props {
  readonly filter: Filter;
  readonly state: string;
}

/** Groups that are shown; the filter reaches the others. */
const SHOWN = 50;

/** How letters failed, the largest group first; a click narrows the list to one. */
export function GroupsList({ filter, state }: Props) {
  const rest = withoutGroup(filter);
  const q = printFilter(rest);
  const result = useQuery("letter-groups", { q, state });
  const address = (terms: Filter) =>
    linkTo("letters", {}, { q: printFilter(terms), state: state === "open" ? undefined : state });
  return (
    <Loaded of={result} what="The list of groups" rows={5}>
      {({ groups, others, looked }) => {
        const all = groups.reduce((sum, group) => sum + group.count, others);
        return (
          <ul class="groups">
            <li>
              <a href={address(rest)} aria-current={rest.length === filter.length ? "true" : undefined}>
                <span class="group-count number">{count(all)}</span>
                <span class="group-error">All of {plural(groups.length, "group")}</span>
              </a>
            </li>
            {groups.slice(0, SHOWN).map((group) => (
              <li key={`${group.fingerprint} ${group.task} ${group.reason}`}>
                <a href={address(withGroup(filter, group))} aria-current={isChosen(filter, group) ? "true" : undefined}>
                  <span class="group-count number">{count(group.count)}</span>
                  <span class="group-error">
                    <Clipped text={group.error.split("\n", 1)[0] || group.reason} longest={90} />
                  </span>
                  <span class="group-more">
                    <Clipped text={group.task === "" ? "unknown task" : group.task} longest={40} mono /> ·{" "}
                    {group.reason}
                    {group.newest !== undefined && ` · ${relativeWords(Date.parse(group.newest), now.value)}`}
                  </span>
                </a>
              </li>
            ))}
            {(groups.length > SHOWN || others > 0) && (
              <li class="muted">
                {count(groups.slice(SHOWN).reduce((sum, group) => sum + group.count, others))} more in smaller groups
              </li>
            )}
            {looked !== null && (
              <li class="muted">
                Among the newest {count(looked.rows)} of {count(looked.of)} dead letters
              </li>
            )}
          </ul>
        );
      }}
    </Loaded>
  );
}
