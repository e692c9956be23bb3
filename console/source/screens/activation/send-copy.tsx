import { useState } from "preact/hooks";
import type { ParameterIssue } from "../../../../runtime/activation/errors.js";
import type { ActivationRow } from "../../../../runtime/operations/documents/activations.js";
import { api } from "../../data/api.ts";
import { problemOf } from "../../data/problem-error.ts";
import { useQuery } from "../../data/query.ts";
import { Dialog } from "../../parts/dialog/dialog.tsx";
import { ParametersForm } from "../../parts/form/parameters-form.tsx";
import { Banner, Loaded } from "../../parts/page/states.tsx";
import { toast } from "../../parts/page/toasts.tsx";

interface Props {
  readonly of: Pick<ActivationRow, "task" | "application" | "id" | "state">;
  /** JSON text to begin with. */
  readonly parameters: string;
  readonly onSent: (id: string) => void;
  readonly onClose: () => void;
}

/** Sends the same task once more, with edited parameters, as a new activation. */
export function SendCopy({ of, parameters, onSent, onClose }: Props) {
  const [text, setText] = useState(parameters);
  const [problem, setProblem] = useState<string>();
  const [issues, setIssues] = useState<readonly ParameterIssue[]>([]);
  const [works, setWorks] = useState(false);
  const tasks = useQuery("tasks");
  const known = tasks.data?.tasks.find(({ name, application }) => name === of.task && application === of.application);
  const send = async () => {
    setWorks(true);
    setProblem(undefined);
    try {
      const sent = await api.post("send", { task: of.task, parameters: text });
      toast(`Sent to ${sent.topic}`);
      onSent(sent.id);
    } catch (error) {
      const refused = problemOf(error);
      setIssues(refused.issues);
      setProblem(refused.message);
      setWorks(false);
    }
  };
  return (
    <Dialog
      title="Send an edited copy"
      large
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button type="button" class="button main" disabled={works || known === undefined} onClick={send}>
            {works ? "Sending…" : "Send"}
          </button>
        </>
      }
    >
      <p>
        A new activation of <span class="mono">{of.task}</span> with an id of its own.{" "}
        {of.state === "retry" || of.state === "failure"
          ? ""
          : "The one that this is a copy of stays as it is; cancel it if it is to be replaced."}
      </p>
      {problem !== undefined && (
        <Banner level="failed">
          <strong>Not sent</strong>: {problem}
        </Banner>
      )}
      <Loaded of={tasks} what="The model">
        {({ types }) =>
          known === undefined ? (
            <Banner level="warning">
              No model of this console has the task, so nothing says what it takes. Start the console with the
              application's model.
            </Banner>
          ) : (
            <ParametersForm
              parameters={known.parameters}
              types={types[known.application] ?? []}
              value={text}
              onChange={(next) => {
                setText(next);
                setIssues([]);
              }}
              issues={issues}
              checked
            />
          )
        }
      </Loaded>
    </Dialog>
  );
}
