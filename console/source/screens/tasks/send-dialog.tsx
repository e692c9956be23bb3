import { useState } from "preact/hooks";
import type { NamedType } from "../../../../runtime/model/model.js";
import type { KnownTask } from "../../../../runtime/operations/documents/front.js";
import { api } from "../../data/api.ts";
import { linkTo } from "../../data/location.ts";
import { type ProblemError, problemOf } from "../../data/problem-error.ts";
import { whyNot } from "../../parts/dialog/action.tsx";
import { Dialog } from "../../parts/dialog/dialog.tsx";
import { fits, ParametersForm } from "../../parts/form/parameters-form.tsx";
import { Banner } from "../../parts/page/states.tsx";
import { visible } from "../../parts/text/clip.ts";
import { Copy } from "../../parts/text/copy.tsx";
import { sampleOf } from "../overview/samples.ts";

interface Props {
  readonly task: KnownTask;
  readonly types: readonly NamedType[];
  readonly onClose: () => void;
}

/** Sends one activation of a task. Enter sends nothing: only the button does. */
export function SendDialog({ task, types, onClose }: Props) {
  const [text, setText] = useState(() => JSON.stringify(sampleOf(task, types), null, 2));
  const [countdown, setCountdown] = useState("");
  const [expires, setExpires] = useState("");
  const [problem, setProblem] = useState<ProblemError>();
  const [sent, setSent] = useState<string>();
  const [checked, setChecked] = useState(false);
  const [works, setWorks] = useState(false);
  const why = whyNot("send", null) ?? timeProblem(countdown) ?? timeProblem(expires);
  const send = async () => {
    setChecked(true);
    if (!fits(task.parameters, types, text)) return;
    setWorks(true);
    setProblem(undefined);
    setSent(undefined);
    try {
      const { id } = await api.post("send", {
        task: task.name,
        parameters: text,
        ...(countdown.trim() === "" ? {} : { countdown: Number(countdown) }),
        ...(expires.trim() === "" ? {} : { expires: Number(expires) }),
      });
      setSent(id);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setWorks(false);
  };
  return (
    <Dialog
      title={`Send ${task.namespace}.${task.key}`}
      large
      onClose={onClose}
      foot={
        <>
          {why !== null && <span class="muted">{why}</span>}
          <button type="button" class="button" onClick={onClose}>
            {sent === undefined ? "Back" : "Close"}
          </button>
          <button type="button" class="button main" disabled={why !== null || works} onClick={send}>
            {works ? "Sending…" : sent === undefined ? "Send" : "Send another"}
          </button>
        </>
      }
    >
      {sent !== undefined && (
        <Banner level="info" action={<Copy text={sent} label="Copy the id" small />}>
          Sent: <a href={linkTo("activation", { id: sent })}>{sent}</a>
        </Banner>
      )}
      {problem !== undefined && (
        <Banner level="failed">
          <strong>Not sent</strong>: {visible(problem.message)}
        </Banner>
      )}
      <ParametersForm
        parameters={task.parameters}
        types={types}
        value={text}
        issues={problem?.issues ?? []}
        checked={checked}
        onChange={(next) => {
          setText(next);
          setProblem(undefined);
        }}
      />
      <div class="row">
        <Seconds name="Start after" value={countdown} onChange={setCountdown} none="at once" />
        <Seconds name="Drop when not started within" value={expires} onChange={setExpires} none="as the schema says" />
      </div>
    </Dialog>
  );
}

interface SecondsProps {
  readonly name: string;
  readonly value: string;
  /** What holds when it is empty. */
  readonly none: string;
  readonly onChange: (text: string) => void;
}

function Seconds({ name, value, none, onChange }: SecondsProps) {
  return (
    <label class="field">
      <span class="field-name">{name} (seconds)</span>
      <input
        type="text"
        inputMode="numeric"
        value={value}
        placeholder={none}
        aria-invalid={timeProblem(value) !== null}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}

function timeProblem(text: string): string | null {
  return /^\d{0,9}$/.test(text.trim()) ? null : `“${text.trim()}” is not a number of seconds`;
}
