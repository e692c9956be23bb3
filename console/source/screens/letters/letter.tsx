import { encoded } from "../../data/routes.ts";
import "../activation/activation.css";
import { useState } from "preact/hooks";
import type { LetterView } from "../../../../runtime/operations/documents/front.js";
import { api } from "../../data/api.ts";
import { linkTo, useHere } from "../../data/location.ts";
import { type Result, useQuery } from "../../data/query.ts";
import { Action, whyNot } from "../../parts/dialog/action.tsx";
import { useShortcuts } from "../../parts/keys/keys.ts";
import { Page, Section } from "../../parts/page/page.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { Copy } from "../../parts/text/copy.tsx";
import { JsonTree } from "../../parts/text/json-tree.tsx";
import { bytes } from "../../parts/text/number.ts";
import { isCovered } from "../activation/copies.ts";
import { ErrorText, ReasonWords } from "../activation/error-text.tsx";
import { FactsWithTrace } from "../activation/facts.tsx";
import { LineOfTime } from "../activation/line-of-time.tsx";
import { Parameters } from "../activation/parameters.tsx";
import { Reveal } from "../activation/reveal.tsx";
import { TaskName } from "../activation/task-name.tsx";
import { FROM_LOG, hindrance } from "./allowed.ts";
import { EditDialog } from "./edit-dialog.tsx";
import { factsOf } from "./letter-facts.tsx";
import { momentsOfLetter } from "./moments.ts";
import { purging } from "./purge-later.ts";
import { PurgeDialog, ReplayDialog } from "./resolve-dialog.tsx";

interface Props {
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
}

const above = () => ({ label: "Dead letters", href: linkTo("letters") });

/** One dead letter: what failed, why, and how to send it again. */
export function Letter({ topic, partition, offset }: Props) {
  const place = `${topic}/${partition}/${offset}`;
  const path = `dead-letters/${[topic, partition, offset].map(encoded).join("/")}` as const;
  const pool = useHere().search.get("of") ?? undefined;
  const result = useQuery(path, { pool });
  const { data, error } = result;
  if (data !== undefined && error?.status !== 404) return <Shown view={data} path={path} result={result} />;
  return (
    <Page
      title={`Dead letter ${place}`}
      heading="Dead letter"
      above={above()}
      about={<span class="mono break">{place}</span>}
    >
      {error?.status === 404 ? (
        <Empty title="There is no dead letter here, or no more">
          <p>{error.message}</p>
          <p>
            The topic may have deleted it by its retention.{" "}
            <a href={linkTo("letters", {}, { state: "all" })}>All dead letters</a>
          </p>
        </Empty>
      ) : (
        <Loaded of={result} what="The dead letter">
          {() => null}
        </Loaded>
      )}
    </Page>
  );
}

interface ShownProps {
  readonly view: LetterView;
  readonly path: `dead-letters/${string}`;
  readonly result: Result<LetterView>;
}

function Shown({ view, path, result }: ShownProps) {
  const { letter, headers } = view;
  const { search, change } = useHere();
  const [asking, setAsking] = useState<"replay" | "purge" | "edit" | "reveal" | undefined>(
    search.get("edit") === "1" ? "edit" : undefined,
  );
  const [opened, setOpened] = useState<LetterView>();
  const { content, editable } = opened ?? view;
  const isPurging = purging.value.has(letter.place);
  const why = (act: "replay" | "edit" | "purge") => {
    if (isPurging) return "It is about to be purged";
    return view.fromLog ? FROM_LOG : hindrance(act, letter, editable !== null);
  };
  const ask = (act: "replay" | "edit" | "purge") => {
    if (whyNot("operate", why(act)) === null) setAsking(act);
  };
  const close = () => {
    setAsking(undefined);
    if (search.get("edit") !== null) change({ edit: undefined }, "replace");
  };
  useShortcuts("Dead letter", [
    { keys: "p", label: "Replay", run: () => ask("replay") },
    { keys: "e", label: "Edit and replay", run: () => ask("edit") },
    { keys: "#", label: "Purge", run: () => ask("purge") },
  ]);
  // The list has 256 characters of it, the record's header all.
  const error = headers["taskwire-error"] ?? letter.error;
  return (
    <Page
      title={`${letter.task === "" ? "Dead letter" : letter.task} ${letter.place}`}
      heading={letter.task === "" ? "Dead letter" : <TaskName name={letter.task} />}
      above={above()}
      about={
        <span class="row">
          {isPurging ? <StateMark of="purged" word="purged soon" /> : <StateMark of={letter.state} />}
          <span class="mono break">{letter.place}</span>
          <Copy text={letter.place} label="Copy place" small />
        </span>
      }
      actions={
        <>
          <Action tone="main" shortcut="p" why={why("replay")} onClick={() => setAsking("replay")}>
            Replay
          </Action>
          <Action shortcut="e" why={why("edit")} onClick={() => setAsking("edit")}>
            Edit and replay
          </Action>
          <Action tone="danger" shortcut="#" why={why("purge")} onClick={() => setAsking("purge")}>
            Purge
          </Action>
        </>
      }
    >
      <Loaded of={result} what="The dead letter">
        {() => (
          <>
            {view.fromLog && <Banner level="warning">{FROM_LOG}.</Banner>}
            <div class="beside">
              <div class="beside-main">
                <Section title="Error" aside={<ReasonWords reason={letter.reason} />}>
                  {error === "" ? <p class="muted">It has no text.</p> : <ErrorText error={error} />}
                </Section>
                <Section
                  title="Parameters"
                  aside={
                    content !== null && opened === undefined && covers(view) ? (
                      <Action
                        right="reveal"
                        small
                        why={view.fromLog ? FROM_LOG : null}
                        onClick={() => setAsking("reveal")}
                      >
                        Reveal
                      </Action>
                    ) : undefined
                  }
                >
                  {content === null ? (
                    <NoContent view={view} />
                  ) : (
                    <Parameters
                      content={content}
                      task={letter.task}
                      onOpen={() => {
                        api
                          .get(path, { large: 1, pool: view.pool })
                          .then(setOpened, (failed: unknown) =>
                            toast(`The parameters were not opened: ${String(failed)}`, { level: "failed" }),
                          );
                      }}
                    />
                  )}
                </Section>
                {content !== null && Object.keys(content.headers).length > 0 && (
                  <Section title="Headers">
                    <JsonTree value={content.headers} open={1} />
                  </Section>
                )}
                <Section title="Headers of the record">
                  <JsonTree value={headers} open={0} />
                </Section>
              </div>
              <div class="beside-more">
                <Section title="Line of time">
                  <LineOfTime moments={momentsOfLetter(letter)} />
                </Section>
                <FactsWithTrace facts={factsOf(view)} headers={content?.headers ?? {}} />
              </div>
            </div>
          </>
        )}
      </Loaded>
      {asking === "replay" && (
        <ReplayDialog
          target={{ letters: [{ ...letter, ...(view.pool === undefined ? {} : { pool: view.pool }) }] }}
          onClose={close}
          onDone={result.reload}
        />
      )}
      {asking === "purge" && (
        <PurgeDialog
          target={{ letters: [{ ...letter, ...(view.pool === undefined ? {} : { pool: view.pool }) }] }}
          onClose={close}
          onDone={result.reload}
        />
      )}
      {asking === "edit" && editable !== null && (
        <EditDialog letter={letter} pool={view.pool} editable={editable} onClose={close} onDone={result.reload} />
      )}
      {asking === "reveal" && (
        <Reveal
          onReveal={async (reason) => setOpened(await api.post(`${path}/reveal`, { reason, pool: view.pool }))}
          onClose={close}
        />
      )}
    </Page>
  );
}

function covers({ content }: LetterView): boolean {
  if (content === null) return false;
  const { headers, parameters } = content;
  if (Object.values(headers).some(isCovered)) return true;
  if (parameters.kind === "unreadable") return parameters.hex === null;
  if (parameters.kind === "large") return false;
  return parameters.kind === "named"
    ? parameters.parameters.some(({ covered, value }) => covered || isCovered(value))
    : isCovered(parameters.args) || isCovered(parameters.kwargs);
}

function NoContent({ view: { letter, headers } }: { readonly view: LetterView }) {
  if (letter.content === "oversized") {
    return (
      <Banner level="warning">
        It was {bytes(letter.size)}, too large to be stored: only its size
        {headers["taskwire-sha256"] === undefined ? "" : " and its sha256"} are known. It can be purged, not replayed.
      </Banner>
    );
  }
  return (
    <Banner level="warning">
      Its {bytes(letter.size)} are no activation. It can be exported with its bytes, and purged, not replayed.
    </Banner>
  );
}
