import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { FilterNoun } from "../../../../runtime/operations/filter/filter.js";
import { useShortcuts } from "../keys/keys.ts";
import { readFilter } from "./read-filter.ts";
import { type Known, type Suggestion, suggest } from "./suggest.ts";

interface Props {
  readonly noun: FilterNoun;
  /** The filter in force, as the address has it. */
  readonly value: string;
  readonly known?: Known;
  /** A filter that can be read, after Enter or a choice. */
  readonly onChange: (filter: string) => void;
  /** What the server says against it. */
  readonly problem?: string | undefined;
}

/** A filter with suggestions while it is typed; it is the same text in the address and on the command line. */
export function FilterBox({ noun, value, known = {}, onChange, problem }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [caret, setCaret] = useState(value.length);
  const [refused, setRefused] = useState<string>();
  const id = useId();
  useEffect(() => {
    setText(value);
    setRefused(undefined);
  }, [value]);
  useShortcuts("Page", [{ keys: "f", label: "Filter", run: () => input.current?.focus() }]);
  const suggestions = open ? suggest(text, caret, noun, known) : [];

  const type = (next: string, at: number) => {
    setText(next);
    setCaret(at);
    setChosen(-1);
    setOpen(true);
    setRefused(undefined);
  };
  const submit = (filter: string) => {
    const read = readFilter(filter, noun);
    setRefused(read instanceof Error ? read.message : undefined);
    if (read instanceof Error) return;
    setOpen(false);
    onChange(filter.trim());
  };
  const take = ({ filter, caret: at }: Suggestion) => {
    type(filter, at);
    input.current?.focus();
    // The value is set at the next render, and the caret behind that.
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen((before) => Math.max(-1, Math.min(suggestions.length - 1, before + step)));
    } else if (event.key === "Enter" || (event.key === "Tab" && chosen >= 0)) {
      const suggestion = suggestions[chosen];
      event.preventDefault();
      if (suggestion !== undefined) take(suggestion);
      else submit(text);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  const wrong = refused ?? (text === value ? problem : undefined);
  return (
    <search class="filter">
      <div class="filter-line">
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 3.5h12L9.5 9v4.5l-3-1.5V9z" />
        </svg>
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-expanded={suggestions.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={chosen < 0 ? undefined : `${id}-${chosen}`}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong === undefined ? undefined : `${id}-wrong`}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="Filter: task:issues.* age>10m"
          value={text}
          onInput={(event) => type(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)}
          onFocus={(event) => {
            setCaret(event.currentTarget.selectionStart ?? 0);
            setOpen(true);
          }}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        {text !== "" && (
          <button type="button" class="icon-button" onClick={() => submit("")}>
            <span aria-hidden="true">×</span>
            <span class="visually-hidden">Clear the filter</span>
          </button>
        )}
      </div>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="Suggestions"
        class="suggestions"
        hidden={suggestions.length === 0}
      >
        {suggestions.map((suggestion, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys of the input choose it
          <div
            key={suggestion.text}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion)}
          >
            <span class="mono">{suggestion.text}</span>
            <span class="muted">{suggestion.about}</span>
          </div>
        ))}
      </div>
      {wrong !== undefined && (
        <p id={`${id}-wrong`} class="field-problem" role="alert">
          {wrong}
        </p>
      )}
    </search>
  );
}
