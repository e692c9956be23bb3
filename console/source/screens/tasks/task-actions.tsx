import { useState } from "preact/hooks";
import { linkTo } from "../../data/location.ts";
import { Action } from "../../parts/dialog/action.tsx";
import { PauseDialog, ResumeDialog } from "./pause-dialog.tsx";
import type { TaskFacts } from "./task-facts.ts";

interface Props {
  readonly name: string;
  readonly facts: TaskFacts;
  readonly onSend: () => void;
}

/** Send one, hold the task back, or drop its work. */
export function TaskActions({ name, facts: { known, controls }, onSend }: Props) {
  const [open, setOpen] = useState<"pause" | "resume">();
  const pause = controls.find(({ kind, subject }) => kind === "task" && subject === name);
  const close = () => setOpen(undefined);
  return (
    <>
      <Action onClick={() => setOpen(pause === undefined ? "pause" : "resume")}>
        {pause === undefined ? "Pause" : "Resume"}
      </Action>
      <a class="button" href={linkTo("controls", {}, { new: "kill", task: name })}>
        Drop…
      </a>
      <Action tone="main" right="send" why={whyNotSent(known)} onClick={onSend} shortcut="n">
        Send
      </Action>
      {open === "pause" && <PauseDialog name={name} onClose={close} />}
      {open === "resume" && <ResumeDialog name={name} onClose={close} />}
    </>
  );
}

function whyNotSent(known: TaskFacts["known"]): string | null {
  if (known === null) return "No schema of this console has this task";
  return known.sendable ? null : "This environment has no route for its namespace";
}
