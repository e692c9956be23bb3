import { useState } from "preact/hooks";
import type { ActivationDocument } from "../../../../runtime/operations/documents/front.js";
import { api } from "../../data/api.ts";
import { linkTo, useHere } from "../../data/location.ts";
import { type Result, useQuery } from "../../data/query.ts";
import { encoded } from "../../data/routes.ts";
import { Action, whyNot } from "../../parts/dialog/action.tsx";
import { useShortcuts } from "../../parts/keys/keys.ts";
import { Page, Section } from "../../parts/page/page.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Banner, Loaded } from "../../parts/page/states.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { copyText } from "../../parts/text/clipboard.ts";
import { Clipped } from "../../parts/text/clipped.tsx";
import { Copy } from "../../parts/text/copy.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { JsonTree } from "../../parts/text/json-tree.tsx";
import { bytes } from "../../parts/text/number.ts";
import { Countdown, Time } from "../../parts/text/time.tsx";
import { ActDialog } from "../activations/act-dialog.tsx";
import { type ActivationAct, hindrance } from "../activations/allowed.ts";
import { filterOfIds } from "../activations/shown-rows.ts";
import { aboveActivation } from "./above.ts";
import { Chain } from "./chain.tsx";
import { asJson, isCovered } from "./copies.ts";
import { ErrorText, ReasonWords } from "./error-text.tsx";
import { type Fact, FactsWithTrace } from "./facts.tsx";
import { LineOfTime } from "./line-of-time.tsx";
import { Parameters } from "./parameters.tsx";
import { Reveal } from "./reveal.tsx";
import { SendCopy } from "./send-copy.tsx";
import { TaskName } from "./task-name.tsx";
import { momentsOf, runsOf } from "./timeline.ts";

interface Props {
  readonly result: Result<ActivationDocument>;
  readonly document: ActivationDocument;
}

type Asking = ActivationAct | "reveal" | "copy";

/** An activation in flight. */
export function InFlight({ result, document }: Props) {
  const { activation, chain, now, partial } = document;
  const { id } = activation;
  const [asking, setAsking] = useState<Asking>();
  // What was revealed or opened stays as it is; only the state follows.
  const [opened, setOpened] = useState<ActivationDocument>();
  const content = (opened ?? document).content;
  const { go } = useHere();
  const others = (chain ?? []).filter((link) => link.id !== id && link.state === null).map((link) => link.id);
  const ends = useQuery(others.length === 0 ? null : "ends", { q: filterOfIds(others), limit: 100 });
  const editable = asJson(content);
  const ask = (act: ActivationAct) => {
    if (whyNot("operate", hindrance(act, activation)) === null) setAsking(act);
  };
  useShortcuts("Activation", [
    { keys: "c", label: "Cancel", run: () => ask("cancel") },
    { keys: "t", label: "Retry now", run: () => ask("retry") },
    { keys: "e", label: "Send an edited copy", run: () => whyCopy(editable) === null && setAsking("copy") },
    {
      keys: "y",
      label: "Copy the id",
      run: () => void copyText(id).then((worked) => toast(worked ? "Copied the id" : "The browser did not copy")),
    },
  ]);
  const covers = hasCovered(document);
  return (
    <Page
      title={`${activation.task} ${id}`}
      heading={<TaskName name={activation.task} />}
      above={aboveActivation()}
      about={
        <span class="row">
          <StateMark of={activation.state} />
          <span class="mono break">{id}</span>
          <Copy text={id} label="Copy id" small />
        </span>
      }
      actions={
        <>
          <Action tone="danger" shortcut="c" why={hindrance("cancel", activation)} onClick={() => setAsking("cancel")}>
            Cancel
          </Action>
          <Action shortcut="t" why={hindrance("retry", activation)} onClick={() => setAsking("retry")}>
            Retry now
          </Action>
          <Action right="send" shortcut="e" why={whyCopy(editable)} onClick={() => setAsking("copy")}>
            Send a copy
          </Action>
        </>
      }
    >
      {partial.length > 0 && (
        <Banner level="warning">
          {partial.map((each) => each.broker).join(", ")} did not answer: runs of its chain may be missing.
        </Banner>
      )}
      <Loaded of={result} what="The activation">
        {() => (
          <div class="beside">
            <div class="beside-main">
              {activation.error !== null && activation.error !== "" && (
                <Section title="Error" aside={<ReasonWords reason={activation.reason} />}>
                  <ErrorText error={activation.error} />
                </Section>
              )}
              <Section
                title="Parameters"
                aside={
                  covers && opened === undefined ? (
                    <Action right="reveal" small onClick={() => setAsking("reveal")}>
                      Reveal
                    </Action>
                  ) : undefined
                }
              >
                <Parameters
                  content={content}
                  task={activation.task}
                  onOpen={() => {
                    api
                      .get(`activations/${encoded(id)}`, { large: 1 })
                      .then(setOpened, (error: unknown) =>
                        toast(`The parameters were not opened: ${String(error)}`, { level: "failed" }),
                      );
                  }}
                />
              </Section>
              {Object.keys(content.headers).length > 0 && (
                <Section title="Headers">
                  <JsonTree value={content.headers} open={1} />
                </Section>
              )}
            </div>
            <div class="beside-more">
              <Section title="Line of time">
                <LineOfTime moments={momentsOf(activation, Date.parse(now))} />
              </Section>
              {chain !== null && chain.length > 1 && (
                <Section title="Runs of its chain">
                  <Chain runs={runsOf(chain, ends.data?.rows ?? [], id)} />
                </Section>
              )}
              <FactsWithTrace facts={factsOf(document)} headers={content.headers} />
            </div>
          </div>
        )}
      </Loaded>
      {(asking === "cancel" || asking === "retry" || asking === "purge") && (
        <ActDialog act={asking} target={{ ids: [id] }} onClose={() => setAsking(undefined)} onDone={result.reload} />
      )}
      {asking === "reveal" && (
        <Reveal
          onReveal={async (reason) => setOpened(await api.post(`activations/${encoded(id)}/reveal`, { reason }))}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking === "copy" && "text" in editable && (
        <SendCopy
          of={activation}
          parameters={editable.text}
          onSent={(sent) => go(linkTo("activation", { id: sent }))}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Page>
  );
}

function whyCopy(editable: ReturnType<typeof asJson>): string | null {
  return whyNot("send", "why" in editable ? `Not possible: ${editable.why}` : null);
}

/** Whether the content has values that can be revealed. */
function hasCovered({ content: { headers, parameters } }: ActivationDocument): boolean {
  if (Object.values(headers).some(isCovered)) return true;
  switch (parameters.kind) {
    case "named":
      return parameters.parameters.some(({ covered, value }) => covered || isCovered(value));
    case "unnamed":
      return isCovered(parameters.args) || isCovered(parameters.kwargs);
    case "large":
      return false;
    case "unreadable":
      return parameters.hex === null;
  }
}

function factsOf({ activation, broker }: ActivationDocument): readonly Fact[] {
  const { topic, partition, offset, worker, claimUntil, attempt, attempts, lostAttempts } = activation;
  return [
    [
      "Task",
      <a class="mono" href={linkTo("task", { name: activation.task })}>
        <Clipped text={activation.task} longest={40} />
      </a>,
    ],
    ["Namespace", <Clipped text={activation.namespace} longest={40} />],
    ["Application", <Clipped text={activation.application} longest={40} />],
    [
      "Attempt",
      `${attempt}${attempts === null ? "" : ` of ${attempts}`}${lostAttempts > 0 ? `, ${lostAttempts} lost with a worker` : ""}`,
    ],
    [
      "Worker",
      worker === null ? undefined : (
        <a class="mono" href={linkTo("workers", {}, { find: worker })}>
          <Clipped text={worker} longest={40} />
        </a>
      ),
    ],
    ["Deadline of a run", durationWords(activation.deadline)],
    ["Ends at the latest", claimUntil === null ? undefined : <Countdown until={claimUntil} />],
    ["Received", <Time at={activation.received} exact />],
    ["Due", activation.due === null ? undefined : <Time at={activation.due} exact />],
    ["Expires", activation.expires === null ? undefined : <Time at={activation.expires} exact />],
    ["Place in the log", <span class="mono break">{`${topic}/${partition}/${offset}`}</span>],
    ["Broker", <span class="mono break">{broker}</span>],
    ["Size", bytes(activation.size)],
    ["Runs at most once", activation.atMostOnce ? "yes" : "no"],
    ["When it fails for good", activation.deadLetter ? "it becomes a dead letter" : "it is discarded"],
  ];
}
