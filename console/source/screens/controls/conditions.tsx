import type { FieldModel } from "../../../../runtime/model/model.js";
import type { Condition } from "./rule.ts";

interface Props {
  readonly rows: readonly Condition[];
  /** The task's parameters; empty: no model has it. */
  readonly parameters: readonly FieldModel[];
  readonly onChange: (rows: readonly Condition[]) => void;
}

/** Most conditions of a rule. */
const MOST = 20;

/** Which activations of the task a rule drops: those with at least one of these values, or all. */
export function Conditions({ rows, parameters, onChange }: Props) {
  const change = (at: number, row: Partial<Condition>) =>
    onChange(rows.map((each, index) => (index === at ? { ...each, ...row } : each)));
  return (
    <fieldset class="conditions">
      <legend class="field-name">Only with one of these values; none: every activation of the task</legend>
      {rows.map(({ name, text }, index) => (
        <div key={index} class="condition">
          <input
            type="text"
            aria-label={`Parameter ${index + 1}`}
            list="control-parameters"
            placeholder="parameter"
            spellcheck={false}
            value={name}
            onInput={(event) => change(index, { name: event.currentTarget.value })}
          />
          <span aria-hidden="true">=</span>
          <input
            type="text"
            aria-label={`Value ${index + 1}`}
            placeholder="value"
            spellcheck={false}
            value={text}
            onInput={(event) => change(index, { text: event.currentTarget.value })}
          />
          <button
            type="button"
            class="icon-button"
            onClick={() =>
              onChange(rows.length === 1 ? [{ name: "", text: "" }] : rows.filter((_, at) => at !== index))
            }
          >
            <span aria-hidden="true">×</span>
            <span class="visually-hidden">Remove condition {index + 1}</span>
          </button>
        </div>
      ))}
      <datalist id="control-parameters">
        {parameters.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {rows.length < MOST && (
        <button type="button" class="button small" onClick={() => onChange([...rows, { name: "", text: "" }])}>
          Or another value
        </button>
      )}
    </fieldset>
  );
}
