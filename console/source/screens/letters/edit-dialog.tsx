import { useEffect, useMemo, useState } from "preact/hooks";
import type { ParameterIssue } from "../../../../runtime/activation/errors.js";
import type { LetterDocument } from "../../../../runtime/operations/documents/letter.js";
import { api } from "../../data/api.ts";
import { printJson, readJson } from "../../data/json.ts";
import { problemOf } from "../../data/problem-error.ts";
import { useQuery } from "../../data/query.ts";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { ParametersForm } from "../../parts/form/parameters-form.tsx";
import { Banner, Loaded } from "../../parts/page/states.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { mayHaveStarted } from "./allowed.ts";
import { differs, diffOf } from "./diff.ts";
import { Diff } from "./diff-view.tsx";
import { letterSummary } from "./outcomes.ts";

interface Props {
  readonly letter: LetterDocument;
  readonly pool: string | undefined;
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
export function EditDialog({ letter, pool, editable, onClose, onDone }: Props) {
  const before = useMemo(() => tidy(editable), [editable]);
  const [text, setText] = useState(before);
  const [accepts, setAccepts] = useState(false);
  const check = useCheck(letter.place, pool, text);
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
  const replay = async (reason: string) => {
    const answer = await api.post("dead-letters/replay", {
      places: [letter.place],
      pool,
      parameters: text,
      reason,
      ...(accepts ? { mayHaveStarted: true } : {}),
    });
    if (!("outcomes" in answer)) throw new Error("expected the outcomes from the server");
    const { text: words, whole } = letterSummary(answer);
    toast(words, { level: whole ? "done" : "failed" });
    onDone();
  };
  return (
    <Confirm
      title="Edit and replay"
      large
      verb="Replay with these"
      undone="Not replayed"
      why={missing}
      onConfirm={replay}
      onClose={onClose}
    >
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
    </Confirm>
  );
}

/** What the server says of the text, once its writer pauses. */
function useCheck(place: string, pool: string | undefined, text: string): Check {
  const [check, setCheck] = useState<Check>({ kind: "checking" });
  useEffect(() => {
    let counts = true;
    setCheck({ kind: "checking" });
    const timer = setTimeout(async () => {
      const found = await checked(place, pool, text);
      if (counts) setCheck(found);
    }, PAUSE);
    return () => {
      counts = false;
      clearTimeout(timer);
    };
  }, [place, pool, text]);
  return check;
}

async function checked(place: string, pool: string | undefined, parameters: string): Promise<Check> {
  try {
    const answer = await api.post("dead-letters/check", { place, pool, parameters });
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
