import type { EndDocument } from "../../../../runtime/operations/documents/ends.js";
import type { ActivationDocument } from "../../../../runtime/operations/documents/front.js";
import type { LetterDocument } from "../../../../runtime/operations/documents/letter.js";
import { linkTo } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { Page, Section } from "../../parts/page/page.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Empty, Loaded } from "../../parts/page/states.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { Copy } from "../../parts/text/copy.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { Time } from "../../parts/text/time.tsx";
import { filterOfIds } from "../activations/shown-rows.ts";
import { aboveActivation } from "./above.ts";
import { ErrorText, ReasonWords } from "./error-text.tsx";
import { type Fact, Facts } from "./facts.tsx";
import { LineOfTime } from "./line-of-time.tsx";
import { Parameters } from "./parameters.tsx";
import { TaskName } from "./task-name.tsx";
import { momentsOfEnd } from "./timeline.ts";

interface Props {
  readonly id: string;
  /** As it was when this page saw it last; undefined: it did not. */
  readonly last: ActivationDocument | undefined;
}

/** An id that is not in flight: how it ended, where that is known, and where else it may be. */
export function NotInFlight({ id, last }: Props) {
  const q = filterOfIds([id]);
  const ends = useQuery("ends", { q, limit: 20 });
  const letters = useQuery("dead-letters", { q, state: "all", limit: 20 });
  const [end] = ends.data?.rows ?? [];
  const task = end?.task ?? last?.activation.task;
  return (
    <Page
      title={task === undefined ? `Activation ${id}` : `${task} ${id}`}
      heading={task === undefined ? "Activation" : <TaskName name={task} />}
      above={aboveActivation()}
      about={
        <span class="row">
          {end === undefined ? <StateMark of="gone" word="not in flight" /> : <StateMark of={end.end} />}
          <span class="mono break">{id}</span>
          <Copy text={id} label="Copy id" small />
        </span>
      }
    >
      <Loaded of={ends} what="The history">
        {({ since }) =>
          end === undefined ? (
            <Unknown id={id} q={q} since={since} seen={last !== undefined} />
          ) : (
            <Ended end={end} last={last} />
          )
        }
      </Loaded>
      <Loaded of={letters} what="The list of dead letters" rows={2}>
        {({ rows }) => (rows.length === 0 ? null : <ItsLetters letters={rows} />)}
      </Loaded>
      {last !== undefined && (
        <Section title="Parameters">
          <Parameters content={last.content} task={last.activation.task} />
        </Section>
      )}
    </Page>
  );
}

function Ended({ end, last }: { readonly end: EndDocument; readonly last: ActivationDocument | undefined }) {
  return (
    <div class="beside">
      <div class="beside-main">
        {end.error !== "" && (
          <Section title="Error" aside={<ReasonWords reason={end.reason} />}>
            <ErrorText error={end.error} />
          </Section>
        )}
        <Section title="Facts">
          <Facts facts={factsOf(end)} />
          {last === undefined && <p class="muted">The history keeps no parameters.</p>}
        </Section>
      </div>
      <div class="beside-more">
        <Section title="Line of time">
          <LineOfTime moments={momentsOfEnd(end)} />
        </Section>
      </div>
    </div>
  );
}

function factsOf(end: EndDocument): readonly Fact[] {
  return [
    [
      "Task",
      <a class="mono" href={linkTo("task", { name: end.task })}>
        <Clipped text={end.task} longest={40} />
      </a>,
    ],
    ["Namespace", <Clipped text={end.namespace} longest={40} />],
    ["Application", <Clipped text={end.application} longest={40} />],
    ["Attempt", `${end.attempt}${end.lost > 0 ? `, ${end.lost} lost with a worker` : ""}`],
    ["Worker", end.worker === null ? undefined : <Clipped text={end.worker} longest={40} mono />],
    ["Handler ran", end.ran === null ? undefined : durationWords(end.ran)],
    ["Held by its worker", end.held === null ? undefined : durationWords(end.held)],
    ["Ended", <Time at={end.at} exact />],
    ["Place in the log", <span class="mono break">{`${end.topic}/${end.partition}/${end.offset}`}</span>],
    [
      "Error group",
      end.fingerprint === null ? undefined : (
        <a class="mono" href={linkTo("activations", {}, { tab: "ended", q: `fp:${end.fingerprint}` })}>
          {end.fingerprint}
        </a>
      ),
    ],
  ];
}

interface UnknownProps {
  readonly id: string;
  readonly q: string;
  readonly since: string;
  readonly seen: boolean;
}

function Unknown({ id, q, since, seen }: UnknownProps) {
  return (
    <Empty title={seen ? "It is no longer in flight" : "Not in flight"}>
      <p>
        {seen
          ? "It has ended since; completions are sampled, so the history does not have all of them."
          : "It may not be read yet, or it ended: completions are sampled, and the history here begins "}
        {!seen && (
          <>
            <Time at={since} />.
          </>
        )}
      </p>
      <p>Look for it</p>
      <ul class="plain-list">
        <li>
          <a href={linkTo("letters", {}, { q, state: "all" })}>in the dead letters</a>
        </li>
        <li>
          <a href={linkTo("activations", {}, { q: `id:${JSON.stringify(id.slice(0, 8))}*` })}>
            in flight, among ids that begin with <span class="mono">{id.slice(0, 8)}</span>
          </a>
        </li>
        <li>
          in the logs of your workers, as <code>taskwire-root</code> of its chain
        </li>
      </ul>
    </Empty>
  );
}

function ItsLetters({ letters }: { readonly letters: readonly LetterDocument[] }) {
  return (
    <Section title="Dead letters">
      <ul class="chain">
        {letters.map(({ place, state, at, reason }) => {
          const [topic = "", partition = "", offset = ""] = place.split("/");
          return (
            <li key={place}>
              <StateMark of={state} />
              <a class="mono" href={linkTo("letter", { topic, partition, offset })}>
                {place}
              </a>
              <span class="muted">
                {reason} <Time at={at} />
              </span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
