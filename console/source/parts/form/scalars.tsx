import { useState } from "preact/hooks";
import type { ScalarKind } from "../../../../runtime/model/model.js";
import { printJson, readJson } from "../../data/json.ts";
import { type FormContext, issueAt } from "./context.ts";
import { fromInput, type Path, toInput } from "./values.ts";

interface Props {
  readonly id: string;
  readonly value: unknown;
  readonly path: Path;
  readonly context: FormContext;
}

interface ScalarProps extends Props {
  readonly kind: ScalarKind;
  /** The values of an enum. */
  readonly values?: readonly string[];
}

/** From this many characters on a string has several lines. */
const LONG = 80;

export function ScalarField({ id, kind, values, value, path, context }: ScalarProps) {
  const wrong = issueAt(context, path) !== undefined;
  const common = { id, "aria-invalid": wrong, "aria-describedby": wrong ? `${id}-problem` : undefined };
  if (kind === "bool" || values !== undefined) {
    const options = values ?? ["true", "false"];
    const text = toInput(value);
    return (
      <select
        {...common}
        value={text}
        onChange={({ currentTarget: { value: chosen } }) =>
          context.set(path, chosen === "" ? undefined : kind === "bool" ? chosen === "true" : chosen)
        }
      >
        <option value="">–</option>
        {text !== "" && !options.includes(text) && <option value={text}>{text}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    );
  }
  const text = toInput(value);
  const set = (next: string) => context.set(path, fromInput(kind, next));
  if (kind === "bytes" || (kind === "string" && (text.length > LONG || text.includes("\n")))) {
    return <textarea {...common} rows={3} value={text} onInput={(event) => set(event.currentTarget.value)} />;
  }
  const fill = FILLS[kind];
  return (
    <span class="field-line">
      <input
        {...common}
        type="text"
        inputMode={kind === "int" || kind === "bigint" ? "numeric" : kind === "float" ? "decimal" : "text"}
        autocomplete="off"
        spellcheck={false}
        placeholder={PLACEHOLDERS[kind]}
        value={text}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {fill !== undefined && (
        <button type="button" class="button small" onClick={() => set(fill.make())}>
          {fill.label}
        </button>
      )}
    </span>
  );
}

const PLACEHOLDERS: Readonly<Partial<Record<ScalarKind, string>>> = {
  datetime: "2026-11-30T14:03:20Z",
  uuid: "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
};
const FILLS: Readonly<Partial<Record<ScalarKind, { readonly label: string; readonly make: () => string }>>> = {
  datetime: { label: "Now", make: () => new Date().toISOString() },
  uuid: { label: "New", make: newUuid },
};

/** crypto.randomUUID exists only in secure contexts, not over plain HTTP. */
function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Any JSON. It is read when the field is left. */
export function JsonField({ id, value, path, context }: Props) {
  const [draft, setDraft] = useState<string>();
  const wrong = issueAt(context, path) !== undefined;
  const leave = (text: string) => {
    setDraft(undefined);
    try {
      context.set(path, text.trim() === "" ? undefined : readJson(text));
    } catch {
      // What is wrong is said beside the whole JSON.
      context.setText(path, text);
    }
  };
  return (
    <textarea
      id={id}
      rows={4}
      spellcheck={false}
      aria-invalid={wrong}
      aria-describedby={wrong ? `${id}-problem` : undefined}
      value={draft ?? (value === undefined ? "" : printJson(value))}
      onInput={(event) => setDraft(event.currentTarget.value)}
      onBlur={(event) => leave(event.currentTarget.value)}
    />
  );
}
