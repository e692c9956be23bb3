import "./activations.css";
import type { Filter } from "../../../../runtime/operations/filter/filter.js";
import { NOUNS } from "../../../../runtime/operations/filter/filter.js";
import { printFilter } from "../../../../runtime/operations/filter/print.js";
import { live } from "../../data/live.ts";
import { linkTo, useHere } from "../../data/location.ts";
import { FilterBox } from "../../parts/filter/filter-box.tsx";
import { readFilter } from "../../parts/filter/read-filter.ts";
import { Page } from "../../parts/page/page.tsx";
import { Empty } from "../../parts/page/states.tsx";
import { EndedList } from "./ended-list.tsx";
import { FlightList } from "./flight-list.tsx";
import { useKnown } from "./known.ts";
import { StateTabs } from "./state-tabs.tsx";
import { countsOf, STATE_TABS, tabOf, withState } from "./tabs.ts";

/** What is in flight, and what has ended. */
export function Activations() {
  const { search, change } = useHere();
  const q = search.get("q") ?? "";
  const isEnded = search.get("tab") === "ended";
  const known = useKnown();
  const filter = readFilter(q, isEnded ? "ends" : "activations");
  const statuses = live.brokers.value.map(({ status }) => status);
  const flight = isEnded ? readFilter(q, "activations") : filter;
  const counts =
    statuses.length === 0 || flight instanceof Error
      ? undefined
      : countsOf(statuses, flight, live.missing.value.length > 0);
  const shared = filter instanceof Error ? [] : filter;
  return (
    <Page title="Activations">
      <StateTabs
        active={isEnded ? "ended" : tabOf(shared)}
        tabs={[
          { id: "all", label: "All", search: { q: printFilter(withState(forNoun(shared, "activations"), "all")) } },
          ...STATE_TABS.map(({ state, label }) => ({
            id: state,
            label,
            count: counts?.[state],
            search: { q: printFilter(withState(forNoun(shared, "activations"), state)) },
          })),
          { id: "ended", label: "Ended", search: { q: printFilter(forNoun(shared, "ends")), tab: "ended" } },
        ].map(({ search: to, ...tab }) => ({ ...tab, href: linkTo("activations", {}, to) }))}
      />
      <FilterBox
        noun={isEnded ? "ends" : "activations"}
        value={q}
        known={known}
        onChange={(next) => change({ q: next, cursor: undefined })}
        problem={filter instanceof Error ? filter.message : undefined}
      />
      {filter instanceof Error ? (
        <Empty title="The filter cannot be read">
          <p>{filter.message}</p>
        </Empty>
      ) : isEnded ? (
        <EndedList q={q} />
      ) : (
        <FlightList q={q} filter={filter} />
      )}
    </Page>
  );
}

/** The terms that narrow another list, too. */
function forNoun(filter: Filter, noun: "activations" | "ends"): Filter {
  const keys: readonly string[] = NOUNS[noun].keys;
  return filter.filter((term) => keys.includes(term.kind === "argument" ? "args" : term.key));
}
