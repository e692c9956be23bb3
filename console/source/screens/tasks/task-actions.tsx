import { useState } from "preact/hooks";
import { refreshes } from "../../data/query.ts";
import { Action } from "../../parts/dialog/action.tsx";
import { EndDialog } from "../controls/end-dialog.tsx";
import { NewControl } from "../controls/new-control.tsx";
import type { TaskFacts } from "./task-facts.ts";

interface Props {
  readonly name: string;
  readonly facts: TaskFacts;
  readonly onSend: () => void;
}

/** Send one, hold the task back, or drop its work. */
export function TaskActions({ name, facts: { known, controls }, onSend }: Props) {
  const [asking, setAsking] = useState<"pause" | "kill" | "resume">();
  const pause = controls.find(({ kind, subject }) => kind === "task" && subject === name);
  const close = () => setAsking(undefined);
  const done = () => {
    refreshes.value += 1;
  };
  return (
    <>
      <Action onClick={() => setAsking(pause === undefined ? "pause" : "resume")}>
        {pause === undefined ? "Pause" : "Resume"}
      </Action>
      <Action onClick={() => setAsking("kill")}>Drop…</Action>
      <Action tone="main" right="send" why={whyNotSent(known)} onClick={onSend} shortcut="n">
        Send
      </Action>
      {asking === "resume" && pause !== undefined && (
        <EndDialog joined={{ control: pause, brokers: [], dropped: null }} onClose={close} onDone={done} />
      )}
      {(asking === "pause" || asking === "kill") && (
        <NewControl kind={asking} task={name} onClose={close} onDone={done} />
      )}
    </>
  );
}

function whyNotSent(known: TaskFacts["known"]): string | null {
  if (known === null) return "No schema of this console has this task";
  return known.sendable ? null : "This environment has no route for its namespace";
}
