import type { ComponentChildren } from "preact";
import { visible } from "../../parts/text/clip.ts";
import { durationWords } from "../../parts/text/duration.ts";
import { shownName, type TaskFacts } from "./task-facts.ts";

interface Props {
  readonly facts: TaskFacts;
  /** The application is that of every other task, too. */
  readonly plain?: boolean;
}

/** What is special about a task, in words: where it belongs, what holds it, what differs. */
export function Marks({ facts, plain = false }: Props) {
  const { namespace, application, known, controls, droppedByFile, unclaimed, hashDiffers } = facts;
  const pause = controls.find(({ kind }) => kind !== "kill");
  const belongs = [
    ...(`.${shownName(facts)}`.includes(`.${namespace}.`) && plain ? [] : [namespace]),
    ...(application === "" || plain ? [] : [application]),
  ];
  const kill = controls.find(({ kind }) => kind === "kill");
  return (
    <span class="marks">
      {belongs.length > 0 && <span class="muted">{belongs.map(visible).join(" · ")}</span>}
      {unclaimed !== null && <Mark tone="bad">no worker for {durationWords(unclaimed.oldest)}</Mark>}
      {pause !== undefined && (
        <Mark tone="held" tip={`by ${pause.by ?? "the file"}${pause.reason === "" ? "" : `: ${pause.reason}`}`}>
          {pause.kind === "namespace" ? "namespace paused" : "paused"}
        </Mark>
      )}
      {kill !== undefined && (
        <Mark tone="held">{kill.args === undefined && kill.kwargs === undefined ? "dropped" : "dropped in part"}</Mark>
      )}
      {droppedByFile && <Mark tone="held">dropped by the file</Mark>}
      {hashDiffers !== null && <Mark tone="again">schemas differ</Mark>}
      {known === null && <Mark tone="ended">not in the schema</Mark>}
      {known?.deprecated !== undefined && <Mark tone="ended">deprecated</Mark>}
      {known?.schedule !== undefined && <Mark tone="later">scheduled</Mark>}
    </span>
  );
}

interface MarkProps {
  readonly tone: string;
  readonly tip?: string;
  readonly children: ComponentChildren;
}

function Mark({ tone, tip, children }: MarkProps) {
  return (
    <span class={`mark tone-${tone}`} data-tip={tip === undefined ? undefined : visible(tip)}>
      {children}
    </span>
  );
}
