import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { FilterNoun } from "../../../../runtime/operations/filter/filter.js";
import { useShortcuts } from "../keys/keys.ts";
import { Combobox } from "./combobox.tsx";
import { readFilter } from "./read-filter.ts";
import { type Known, suggest } from "./suggest.ts";

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
  const [refused, setRefused] = useState<string>();
  const id = useId();
  useEffect(() => {
    setText(value);
    setRefused(undefined);
  }, [value]);
  useShortcuts("Page", [{ keys: "f", label: "Filter", run: () => input.current?.focus() }]);

  const type = (next: string) => {
    setText(next);
    setRefused(undefined);
  };
  const submit = (filter: string) => {
    const read = readFilter(filter, noun);
    setRefused(read instanceof Error ? read.message : undefined);
    if (read instanceof Error) return false;
    onChange(filter.trim());
    return true;
  };
  const wrong = refused ?? (text === value ? problem : undefined);
  return (
    <search class="filter">
      <div class="filter-line">
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 3.5h12L9.5 9v4.5l-3-1.5V9z" />
        </svg>
        <Combobox
          input={input}
          label="Filter"
          placeholder="Filter: task:issues.* age>10m"
          value={text}
          onType={type}
          optionsAt={(caret) => suggest(text, caret, noun, known)}
          onTake={(suggestion) => suggestion}
          onSubmit={() => submit(text)}
          opensEmpty
          wrong={wrong === undefined ? undefined : `${id}-wrong`}
        />
        {text !== "" && (
          <button type="button" class="icon-button" onClick={() => submit("")}>
            <span aria-hidden="true">×</span>
            <span class="visually-hidden">Clear the filter</span>
          </button>
        )}
      </div>
      {wrong !== undefined && (
        <p id={`${id}-wrong`} class="field-problem" role="alert">
          {wrong}
        </p>
      )}
    </search>
  );
}
