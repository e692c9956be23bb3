import { useEffect, useState } from "preact/hooks";
import type { PauseKind } from "../../../../runtime/operations/documents/controls.js";
import type { ControlsChange } from "../../../../runtime/operations/documents/front.js";
import { api } from "../../data/api.ts";
import { live } from "../../data/live.ts";
import { problemOf } from "../../data/problem-error.ts";
import { useQuery } from "../../data/query.ts";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { Banner } from "../../parts/page/states.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { clip } from "../../parts/text/clip.ts";
import { useKnown } from "../activations/known.ts";
import { Conditions } from "./conditions.tsx";
import { forecastWords } from "./forecast.ts";
import { PAUSE_EFFECTS } from "./joined.ts";
import { type Condition, conditionProblem, conditionsOf, END_TIMES, untilOf } from "./rule.ts";

interface Props {
  readonly kind: "pause" | "kill";
  /** Wire name of the task that it is for; absent: the dialog asks. */
  readonly task?: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const KINDS = ["task", "namespace", "topic", "pool"] as const;

/** A new pause or kill rule: what it would concern is counted while it is written, and an end time is proposed. */
export function NewControl({ kind, task: given, onClose, onDone }: Props) {
  const isKill = kind === "kill";
  const [pauses, setPauses] = useState<PauseKind>("task");
  const [subject, setSubject] = useState(given ?? "");
  const [conditions, setConditions] = useState<readonly Condition[]>([{ name: "", text: "" }]);
  const [end, setEnd] = useState<number | null>(END_TIMES[0].milliseconds);
  const known = useKnown();
  const { data: model } = useQuery("tasks");
  const task = model?.tasks.find(({ name }) => name === subject);
  const named = subject.trim();
  const wrong = isKill ? conditionProblem(conditions) : undefined;
  const ask = (change: { readonly dryRun?: true; readonly reason: string }) => {
    const until = untilOf(end, Date.now());
    const more = { ...change, ...(until === undefined ? {} : { until }) };
    return isKill
      ? api.post("kill", { task: named, args: conditionsOf(conditions), ...more })
      : api.post("pause", { kind: pauses, subject: named, ...more });
  };
  const forecast = useForecast(
    named === "" || wrong !== undefined ? "" : JSON.stringify([kind, pauses, named, conditions]),
    () => ask({ dryRun: true, reason: "" }),
  );
  const names = {
    task: known.task ?? [],
    namespace: known.ns ?? [],
    topic: known.topic ?? [],
    pool: [...new Set(live.brokers.value.map(({ status }) => status.pool))],
  };
  return (
    <Confirm
      title={titleOf(kind, given)}
      verb={isKill ? "Drop them" : "Pause"}
      tone={isKill ? "danger" : "main"}
      reason={isKill ? "required" : "asked"}
      why={named === "" ? `Name the ${isKill ? "task" : pauses}` : wrong}
      onConfirm={async (reason) => {
        const { brokers, partial } = await ask({ reason });
        const notes = [...new Set(brokers.flatMap(({ note }) => (note === undefined ? [] : [note])))];
        const silent = partial.map(({ broker }) => `${broker} did not answer`);
        const words = isKill ? `${named} is dropped` : `${named} is paused`;
        toast([words, ...silent, ...notes].join("; "), { level: silent.length === 0 ? "done" : "failed" });
        onDone();
      }}
      onClose={onClose}
    >
      {!isKill && given === undefined && (
        <label class="field">
          <span class="field-name">What is paused</span>
          <select value={pauses} onChange={(event) => setPauses(kindOf(event.currentTarget.value))}>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      )}
      {given === undefined && (
        <label class="field">
          <span class="field-name">{isKill ? "Task, by its wire name" : `Name of the ${pauses}`}</span>
          <input
            type="text"
            list="control-subjects"
            value={subject}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setSubject(event.currentTarget.value)}
          />
        </label>
      )}
      <datalist id="control-subjects">
        {names[isKill ? "task" : pauses].slice(0, 500).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {isKill ? (
        <Conditions rows={conditions} parameters={task?.parameters ?? []} onChange={setConditions} />
      ) : (
        <p class="muted">{PAUSE_EFFECTS[pauses]}</p>
      )}
      <label class="field">
        <span class="field-name">Ends by itself</span>
        <select
          value={String(end)}
          onChange={(event) => setEnd(event.currentTarget.value === "null" ? null : Number(event.currentTarget.value))}
        >
          {END_TIMES.map(({ label, milliseconds }) => (
            <option key={label} value={String(milliseconds)}>
              {milliseconds === null ? "never; a person ends it" : `after ${label}`}
            </option>
          ))}
        </select>
      </label>
      <Forecast of={forecast} isKill={isKill} />
    </Confirm>
  );
}

function titleOf(kind: Props["kind"], task: string | undefined): string {
  if (task === undefined) return kind === "kill" ? "New kill rule" : "New pause";
  return `${kind === "kill" ? "Drop" : "Pause"} ${clip(task, 50)}`;
}

function kindOf(text: string): PauseKind {
  return KINDS.find((each) => each === text) ?? "task";
}

type Counted =
  | { readonly kind: "none" | "counting" }
  | { readonly kind: "counted"; readonly answer: ControlsChange }
  | { readonly kind: "failed"; readonly message: string };

/** How long somebody has to pause before the change is counted, milliseconds. */
const PAUSE = 400;

/** The dry run of what `key` names; "": nothing. */
function useForecast(key: string, ask: () => Promise<ControlsChange>): Counted {
  const [found, setFound] = useState<Counted>({ kind: "none" });
  useEffect(() => {
    if (key === "") {
      setFound({ kind: "none" });
      return;
    }
    let counts = true;
    setFound({ kind: "counting" });
    const timer = setTimeout(() => {
      ask().then(
        (answer) => counts && setFound({ kind: "counted", answer }),
        (error: unknown) => counts && setFound({ kind: "failed", message: problemOf(error).message }),
      );
    }, PAUSE);
    return () => {
      counts = false;
      clearTimeout(timer);
    };
  }, [key]);
  return found;
}

function Forecast({ of, isKill }: { readonly of: Counted; readonly isKill: boolean }) {
  switch (of.kind) {
    case "none":
      return null;
    case "counting":
      return <p class="muted">Counting what it concerns…</p>;
    case "failed":
      return <Banner level="warning">What it concerns is not known: {of.message}</Banner>;
    case "counted":
      return (
        <Banner level={isKill ? "warning" : "info"}>
          {forecastWords(of.answer).join(" ")}
          {of.answer.partial.length > 0 &&
            ` ${of.answer.partial.map(({ broker }) => broker).join(", ")} did not answer.`}
        </Banner>
      );
  }
}
