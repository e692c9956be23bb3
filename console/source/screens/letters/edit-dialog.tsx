import { useEffect, useMemo, useState } from "preact/hooks";
import type { ParameterIssue } from "../../../../runtime/activation/errors.js";
import type { LetterDocument } from "../../../../runtime/operations/documents/letter.js";
import { api } from "../../data/api.ts";
import { printJson, readJson } from "../../data/json.ts";
import { problemOf } from "../../data/problem-error.ts";
import { useQuery } from "../../data/query.ts";
import { Dialog } from "../../parts/dialog/dialog.tsx";
import { ParametersForm } from "../../parts/form/parameters-form.tsx";
import { Banner, Loaded } from "../../parts/page/states.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { mayHaveStarted } from "./allowed.ts";
import { differs, diffOf } from "./diff.ts";
import { Diff } from "./diff-view.tsx";
import { letterSummary } from "./outcomes.ts";

interface Props {
  readonly letter: LetterDocument;
  /** Its parameters as JSON text. */
  readonly editable: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** What the server says of edited parameters. */
type Check =
  | { readonly kind: "checking" }
  | { readonly kind: "fits" }
  | { readonly kind: "issues"; readonly issues: readonly ParameterIssue[] }
  | { readonly kind: "failed"; readonly message: string };

/** How long somebody has to pause before what they typed is checked, milliseconds. */
const PAUSE = 350;

/** Edits the parameters of a letter, checks them as one types, shows what changes, and replays it with them. */
export function EditDialog({ letter, editable, onClose, onDone }: Props) {
  const before = useMemo(() => tidy(editable), [editable]);
  const [text, setText] = useState(before);
  const [reason, setReason] = useState("");
  const [accepts, setAccepts] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [works, setWorks] = useState(false);
  const check = useCheck(letter.place, text);
  const tasks = useQuery("tasks");
  const known = tasks.data?.tasks.find(
    ({ name, formerly = [], application }) =>
      (name === letter.task || formerly.includes(letter.task)) &&
      (letter.application === "" || application === letter.application),
  );
  const lines = diffOf(before, tidy(text));
  const isChanged = differs(lines);
  const doubtful = mayHaveStarted(letter);
  const missing = !isChanged
    ? "Nothing is changed yet"
    : check.kind === "checking"
      ? "Checking…"
      : check.kind === "issues"
        ? "They do not fit the schema"
        : check.kind === "failed"
          ? "Not checked"
          : doubtful && !accepts
            ? "Accept that it may run twice"
            : undefined;
  const replay = async () => {
    if (missing !== undefined || works) return;
    setWorks(true);
    setProblem(undefined);
    try {
      const answer = await api.post("dead-letters/replay", {
        places: [letter.place],
        parameters: text,
        reason: reason.trim(),
        ...(accepts ? { mayHaveStarted: true } : {}),
      });
      if (!("outcomes" in answer)) throw new Error("expected the outcomes from the server");
      const { text: words, whole } = letterSummary(answer);
      toast(words, { level: whole ? "done" : "failed" });
      onClose();
      onDone();
    } catch (error) {
      setProblem(problemOf(error).message);
      setWorks(false);
    }
  };
  return (
    <Dialog
      title="Edit and replay"
      large
      onClose={onClose}
      foot={
        <>
          {missing !== undefined && <span class="muted">{missing}</span>}
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button type="button" class="button main" disabled={missing !== undefined || works} onClick={replay}>
            {works ? "Working…" : "Replay with these"}
          </button>
        </>
      }
    >
      {problem !== undefined && (
        <Banner level="failed">
          <strong>Not replayed</strong>: {problem}
        </Banner>
      )}
      <Loaded of={tasks} what="The model">
        {({ types }) => (
          <ParametersForm
            parameters={known?.parameters ?? []}
            types={known === undefined ? [] : (types[known.application] ?? [])}
            value={text}
            onChange={setText}
            issues={check.kind === "issues" ? check.issues : []}
            checked={known !== undefined}
          />
        )}
      </Loaded>
      {check.kind === "failed" && <Banner level="warning">The server did not check them: {check.message}</Banner>}
      <section class="section">
        <h3>What changes</h3>
        {isChanged ? <Diff lines={lines} /> : <p class="muted">Nothing yet.</p>}
      </section>
      {doubtful && (
        <label class="option">
          <input type="checkbox" checked={accepts} onChange={(event) => setAccepts(event.currentTarget.checked)} />
          <span>It runs at most once and may have started: replay it all the same</span>
        </label>
      )}
      <label class="field">
        <span class="field-name">Reason</span>
        <input
          type="text"
          maxLength={500}
          value={reason}
          placeholder="For the audit log: who asked, which ticket"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
    </Dialog>
  );
}

/** What the server says of the text, once its writer pauses. */
function useCheck(place: string, text: string): Check {
  const [check, setCheck] = useState<Check>({ kind: "checking" });
  useEffect(() => {
    let counts = true;
    setCheck({ kind: "checking" });
    const timer = setTimeout(async () => {
      const found = await checked(place, text);
      if (counts) setCheck(found);
    }, PAUSE);
    return () => {
      counts = false;
      clearTimeout(timer);
    };
  }, [place, text]);
  return check;
}

async function checked(place: string, parameters: string): Promise<Check> {
  try {
    const answer = await api.post("dead-letters/check", { place, parameters });
    return answer.fit ? { kind: "fits" } : { kind: "issues", issues: answer.issues };
  } catch (error) {
    const { issues, message } = problemOf(error);
    return issues.length > 0 ? { kind: "issues", issues } : { kind: "failed", message };
  }
}

/** JSON with one value a line, so that its lines can be compared; what is no JSON stays as it is. */
function tidy(text: string): string {
  try {
    return printJson(readJson(text));
  } catch {
    return text;
  }
}
