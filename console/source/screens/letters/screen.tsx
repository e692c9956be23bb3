import "../activations/activations.css";
import "./letters.css";
import { useState } from "preact/hooks";
import type { LettersPage } from "../../../../runtime/operations/documents/front.js";
import { linkTo, useHere } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { Action } from "../../parts/dialog/action.tsx";
import { FilterBox } from "../../parts/filter/filter-box.tsx";
import { readFilter } from "../../parts/filter/read-filter.ts";
import { Page } from "../../parts/page/page.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import { Tabs } from "../../parts/page/tabs.tsx";
import { count, percent, plural } from "../../parts/text/number.ts";
import { useKnown } from "../activations/known.ts";
import { RunningJobs } from "../activations/running-jobs.tsx";
import { FROM_LOG } from "./allowed.ts";
import { ExportDialog } from "./export-dialog.tsx";
import { GroupsList } from "./groups-list.tsx";
import { LetterList } from "./letter-list.tsx";
import { PurgeDialog, ReplayDialog } from "./resolve-dialog.tsx";

export { Letter } from "./letter.tsx";

const STATES = ["open", "replayed", "purged", "all"] as const;
/** How often the list is asked for while the index is built, seconds. */
const BUILDING = 2;

/** Work that failed for good, by how it failed. */
export function Letters() {
  const { search, change } = useHere();
  const q = search.get("q") ?? "";
  const state = STATES.find((each) => each === search.get("state")) ?? "open";
  const cursor = search.get("cursor") ?? undefined;
  const known = useKnown();
  const filter = readFilter(q, "letters");
  const [building, setBuilding] = useState(false);
  const [asking, setAsking] = useState<"replay" | "purge" | "export">();
  const result = useQuery(
    filter instanceof Error ? null : "dead-letters",
    { q, state, cursor, limit: 100 },
    { every: building ? BUILDING : 0 },
  );
  const { data } = result;
  if (data !== undefined && data.read < 1 !== building) setBuilding(data.read < 1);
  const nothing =
    state !== "open"
      ? "Only open letters can be resolved"
      : data === undefined
        ? "The list is not known yet"
        : data.rows.length === 0
          ? "Nothing matches"
          : data.rows.every(({ broker }) => data.fromLog.includes(broker))
            ? FROM_LOG
            : null;
  const close = () => setAsking(undefined);
  return (
    <Page
      title="Dead letters"
      actions={
        <>
          <Action why={nothing} onClick={() => setAsking("replay")}>
            Replay all…
          </Action>
          <Action why={nothing} onClick={() => setAsking("purge")}>
            Purge all…
          </Action>
          <button type="button" class="button" onClick={() => setAsking("export")}>
            Export…
          </button>
        </>
      }
    >
      <Tabs
        label="States"
        active={state}
        tabs={STATES.map((id) => ({
          id,
          label: id === "all" ? "All" : id.charAt(0).toUpperCase() + id.slice(1),
          count: id === "all" ? undefined : data?.counts[id],
          href: linkTo("letters", {}, { q, state: id === "open" ? undefined : id }),
        }))}
      />
      <FilterBox
        noun="letters"
        value={q}
        known={known}
        onChange={(next) => change({ q: next, cursor: undefined })}
        problem={filter instanceof Error ? filter.message : undefined}
      />
      {filter instanceof Error ? (
        <Empty title="The filter cannot be read">
          <p>{filter.message}</p>
        </Empty>
      ) : (
        <Loaded of={result} what="The list of dead letters" rows={10}>
          {(page) => (
            <div class="list">
              <RunningJobs verbs={["ReplayLetters", "PurgeLetters"]} onEnd={result.reload} />
              {page.read < 1 && (
                <Banner level="info">
                  {percent(page.read)} of the dead-letter topics are read; what is known so far is shown.
                </Banner>
              )}
              {page.unreadable.map(({ topic, error }) => (
                <Banner key={topic} level="warning">
                  Topic {topic} cannot be read: {error}. What is shown of it may be old.
                </Banner>
              ))}
              {page.partial.length > 0 && <Silent page={page} />}
              {page.rows.length === 0 && cursor === undefined && page.cursor === null ? (
                <NoLetters
                  q={q}
                  state={state}
                  counts={page.counts}
                  building={page.read < 1}
                  isPartial={page.partial.length > 0}
                />
              ) : (
                <div class="groups-and-letters">
                  <details class="groups-frame" open={window.innerWidth >= 768}>
                    <summary>
                      <h2>How they failed</h2>
                    </summary>
                    <GroupsList filter={filter} state={state} />
                  </details>
                  <LetterList page={page} result={result} q={q} state={state} />
                </div>
              )}
              <Older older={page.older} />
            </div>
          )}
        </Loaded>
      )}
      {asking === "replay" && <ReplayDialog target={{ q }} onClose={close} onDone={result.reload} />}
      {asking === "purge" && <PurgeDialog target={{ q }} onClose={close} onDone={result.reload} />}
      {asking === "export" && <ExportDialog q={q} state={state} onClose={close} />}
    </Page>
  );
}

/** Which brokers did not answer, and what that means for the list. */
function Silent({ page: { partial, fromLog } }: { readonly page: LettersPage }) {
  const brokers = partial.map(({ broker }) => broker).join(", ");
  return (
    <Banner level="warning">
      {fromLog.length === 0
        ? `${brokers} did not answer: letters of its pool are missing.`
        : `${brokers} did not answer. Dead letters are read from ${fromLog.join(", ")}: they cannot be replayed, edited or purged until a broker is back.`}
    </Banner>
  );
}

interface NoLettersProps {
  readonly q: string;
  readonly state: string;
  readonly counts: Readonly<Record<"open" | "replayed" | "purged", number>>;
  readonly building: boolean;
  /** A broker did not answer: it may have some. */
  readonly isPartial: boolean;
}

function NoLetters({ q, state, counts, building, isPartial }: NoLettersProps) {
  const { open, replayed, purged } = counts;
  const others = `${count(replayed)} ${replayed === 1 ? "was" : "were"} replayed, ${count(purged)} purged.`;
  if (building) {
    return (
      <Empty title="None so far">
        <p>The dead-letter topics are still being read.</p>
      </Empty>
    );
  }
  if (isPartial) {
    return (
      <Empty title="None at the brokers that answered">
        <p>Those that did not answer may have some.</p>
      </Empty>
    );
  }
  if (q !== "") {
    return (
      <Empty title={state === "all" ? "No dead letter matches" : `No ${state} dead letter matches`}>
        <p>
          Without the filter: <a href={linkTo("letters")}>{count(open)} open</a>, {count(replayed)} replayed,{" "}
          {count(purged)} purged.
        </p>
      </Empty>
    );
  }
  if (state === "open") {
    return (
      <Empty title="No open dead letters">
        {replayed + purged > 0 && <p>{others}</p>}
        <p>
          One comes here when a run fails and its task's retry policy has no attempt left, when a worker does not know
          its task, or when its bytes cannot be read.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title={state === "all" ? "No dead letters" : `No ${state} dead letters`}>
      <p>
        <a href={linkTo("letters")}>{plural(open, "open one")}</a>
      </p>
    </Empty>
  );
}

/** Letters that only an export reaches. */
function Older({ older }: { readonly older: readonly { readonly count: number }[] }) {
  const total = older.reduce((sum, each) => sum + each.count, 0);
  if (total === 0) return null;
  return <p class="muted">{plural(total, "older open letter")} are beyond this list: an export has them.</p>;
}
