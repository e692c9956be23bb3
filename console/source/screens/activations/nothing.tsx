import { useEffect, useState } from "preact/hooks";
import type { Filter } from "../../../../runtime/operations/filter/filter.js";
import { api } from "../../data/api.ts";
import { linkTo } from "../../data/location.ts";
import { type ProblemError, problemOf } from "../../data/problem-error.ts";
import { Empty, Skeleton } from "../../parts/page/states.tsx";
import { count } from "../../parts/text/number.ts";
import { type Excluded, excluding, withoutEach } from "./exclusion.ts";
import { STATE_TABS, tabOf } from "./tabs.ts";

interface Props {
  readonly filter: Filter;
  readonly q: string;
  /** A broker did not answer: it may have some. */
  readonly isPartial: boolean;
}

/** The list is empty, and that is certain: what it means, and which part of the filter excludes everything. */
export function NothingMatches({ filter, q, isPartial }: Props) {
  if (isPartial) {
    return (
      <Empty title="Nothing at the brokers that answered">
        <p>Those that did not answer may have some.</p>
      </Empty>
    );
  }
  if (filter.length === 0) {
    return (
      <Empty title="Nothing is in flight">
        <p>
          What is sent is shown here from the moment a broker has read it until it has ended. Look at{" "}
          <a href={linkTo("activations", {}, { tab: "ended" })}>what has ended</a>, or at{" "}
          <a href={linkTo("brokers")}>how far the log is read</a>.
        </p>
      </Empty>
    );
  }
  const state = STATE_TABS.find((tab) => tab.state === tabOf(filter));
  if (filter.length === 1 && state !== undefined) {
    return (
      <Empty title={state.nothing}>
        <p>
          <a href={linkTo("activations")}>All that is in flight</a>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing in flight matches">
      <Excluding key={q} filter={filter} />
    </Empty>
  );
}

/** Asks what would match without each part of the filter. */
function Excluding({ filter }: { readonly filter: Filter }) {
  const [found, setFound] = useState<readonly Excluded[] | ProblemError>();
  useEffect(() => {
    const abort = new AbortController();
    const asked = withoutEach(filter).map(async (without): Promise<Excluded> => {
      const { total } = await api.get("activations", { q: without.q, limit: 1 }, abort.signal);
      return { ...without, total };
    });
    Promise.all(asked).then(
      (answers) => setFound(excluding(answers)),
      (error: unknown) => {
        if (!abort.signal.aborted) setFound(problemOf(error));
      },
    );
    return () => abort.abort();
  }, []);
  if (found === undefined) return <Skeleton rows={1} />;
  if (found instanceof Error) return <p>Which part of the filter excludes everything is not known: {found.message}</p>;
  if (found.length === 0) {
    return <p>No single part of the filter excludes everything; leave out two of them, or look at what has ended.</p>;
  }
  return (
    <ul class="plain-list">
      {found.map(({ term, q, total }) => (
        <li key={term}>
          {total.exact ? "" : "at least "}
          {count(total.count)} {total.count === 1 ? "matches" : "match"} without{" "}
          <a class="mono" href={linkTo("activations", {}, { q })}>
            {term}
          </a>
        </li>
      ))}
    </ul>
  );
}
