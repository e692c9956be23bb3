import { useMemo, useState } from "preact/hooks";
import type { ParameterIssue } from "../../../../runtime/activation/errors.js";
import type { FieldModel, NamedType } from "../../../../runtime/model/model.js";
import { printJson, readJson } from "../../data/json.ts";
import { issuesOf } from "./check.ts";
import type { FormContext } from "./context.ts";
import { Field } from "./field.tsx";
import { at, withAt, withText } from "./values.ts";

interface Props {
  readonly parameters: readonly FieldModel[];
  /** Records and enums that they name. */
  readonly types: readonly NamedType[];
  /** JSON text, as `taskwire send` takes it. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What the server says does not fit; it is cleared by `onChange`. */
  readonly issues?: readonly ParameterIssue[];
  /** Problems are shown at their fields from the first attempt to send on. */
  readonly checked: boolean;
}

/** Whether parameters can be sent, as far as the page can say. */
export function fits(parameters: readonly FieldModel[], types: readonly NamedType[], text: string): boolean {
  const read = parsed(text);
  return read.ok && issuesOf(parameters, read.value, types).length === 0;
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

function parsed(text: string): Parsed {
  try {
    return { ok: true, value: readJson(text.trim() === "" ? "{}" : text) };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The parameters of a task: a form made from the schema, and the same as JSON. */
export function ParametersForm({ parameters, types, value, onChange, issues = [], checked }: Props) {
  const [asJson, setAsJson] = useState(false);
  const read = useMemo(() => parsed(value), [value]);
  const json = asJson || !read.ok;
  const found = read.ok && checked ? issuesOf(parameters, read.value, types) : [];
  const all = [...issues, ...found];
  const context: FormContext = {
    types,
    issues: all,
    set: (path, next) => {
      if (read.ok) onChange(printJson(withAt(read.value, path, next)));
    },
    setText: (path, text) => {
      if (read.ok) onChange(withText(read.value, path, text));
    },
  };
  return (
    <div class="form">
      <fieldset class="segments" aria-label="Edit as">
        <button type="button" aria-pressed={!json} disabled={!read.ok} onClick={() => setAsJson(false)}>
          Form
        </button>
        <button type="button" aria-pressed={json} onClick={() => setAsJson(true)}>
          JSON
        </button>
      </fieldset>
      {json ? (
        <textarea
          class="json-text"
          aria-label="Parameters as JSON"
          aria-invalid={!read.ok}
          spellcheck={false}
          rows={12}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <div class="fields">
          {parameters.length === 0 && <p class="muted">The task has no parameters.</p>}
          {parameters.map((field) => (
            <Field
              key={field.name}
              field={field}
              value={at(read.value, field.name)}
              path={[field.name]}
              context={context}
            />
          ))}
        </div>
      )}
      {!read.ok && <p class="field-problem">Not JSON: {read.problem}</p>}
      <Elsewhere issues={all} parameters={parameters} json={json} />
    </div>
  );
}

interface ElsewhereProps {
  readonly issues: readonly ParameterIssue[];
  readonly parameters: readonly FieldModel[];
  readonly json: boolean;
}

/** Problems that no field shows: unknown names, and all of them beside the JSON. */
function Elsewhere({ issues, parameters, json }: ElsewhereProps) {
  const known = new Set(parameters.map(({ name }) => name));
  const shown = json ? issues : issues.filter(({ path }) => !known.has(path.split(".")[0] ?? ""));
  if (shown.length === 0) return null;
  return (
    <ul class="form-problems">
      {shown.map(({ path, expected, found }) => (
        <li key={path} class="field-problem">
          {path !== "" && <code>{path}</code>} expected {expected}, got {found}
        </li>
      ))}
    </ul>
  );
}
