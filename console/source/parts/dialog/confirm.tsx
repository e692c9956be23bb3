import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type ProblemError, problemOf } from "../../data/problem-error.ts";
import { Banner } from "../page/states.tsx";
import { count } from "../text/number.ts";
import { Dialog } from "./dialog.tsx";

interface Props {
  readonly title: string;
  /** The word on the button: "Cancel 214 activations". */
  readonly verb: string;
  readonly tone?: "main" | "danger";
  /** What has not happened when the change fails: "Not replayed"; default: "Not done". */
  readonly undone?: string;
  /** For diffs and forms. */
  readonly large?: boolean;
  /** Whether it asks for a reason; default: it does, and it may be left empty. */
  readonly reason?: "none" | "asked" | "required";
  /** A number that has to be typed before the change: bulk work above 1,000. */
  readonly typed?: number | undefined;
  /** Cannot be confirmed yet, and why. */
  readonly why?: string | undefined;
  readonly children?: ComponentChildren;
  /** What the change does; the dialog closes when it has been done, and shows why when it has not. */
  readonly onConfirm: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

export function Confirm({
  title,
  verb,
  tone = "main",
  undone = "Not done",
  large = false,
  reason: asks = "asked",
  typed,
  why,
  children,
  onConfirm,
  onClose,
}: Props) {
  const [reason, setReason] = useState("");
  const [number, setNumber] = useState("");
  const [problem, setProblem] = useState<ProblemError>();
  const [works, setWorks] = useState(false);
  const missing =
    why ??
    (asks === "required" && reason.trim() === "" ? "Write a reason" : undefined) ??
    (typed !== undefined && number.replaceAll(/[ ,.]/g, "") !== String(typed) ? `Type ${count(typed)}` : undefined);
  const confirm = async () => {
    if (missing !== undefined || works) return;
    setWorks(true);
    setProblem(undefined);
    try {
      await onConfirm(reason.trim());
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
      setWorks(false);
    }
  };
  return (
    <Dialog
      title={title}
      large={large}
      onClose={onClose}
      foot={
        <>
          {missing !== undefined && <span class="muted">{missing}</span>}
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button type="button" class={`button ${tone}`} disabled={missing !== undefined || works} onClick={confirm}>
            {works ? "Working…" : verb}
          </button>
        </>
      }
    >
      {problem !== undefined && (
        <Banner level="failed">
          <strong>{undone}</strong>: {problem.message}
        </Banner>
      )}
      {children}
      {asks !== "none" && (
        <label class="field">
          <span class="field-name">Reason</span>
          <input
            type="text"
            value={reason}
            maxLength={500}
            onInput={(event) => setReason(event.currentTarget.value)}
            placeholder="For the audit log: who asked, which ticket"
          />
        </label>
      )}
      {typed !== undefined && (
        <label class="field">
          <span class="field-name">Type {count(typed)} to confirm</span>
          <input
            type="text"
            inputMode="numeric"
            value={number}
            onInput={(event) => setNumber(event.currentTarget.value)}
          />
        </label>
      )}
    </Dialog>
  );
}
