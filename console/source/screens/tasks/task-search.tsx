import { useEffect, useRef, useState } from "preact/hooks";
import { useShortcuts } from "../../parts/keys/keys.ts";

interface Props {
  readonly value: string;
  readonly onChange: (text: string) => void;
}

/** Narrows the list while somebody types. */
export function TaskSearch({ value, onChange }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useShortcuts("Page", [{ keys: "f", label: "Filter", run: () => input.current?.focus() }]);
  return (
    <input
      ref={input}
      class="task-search"
      type="search"
      value={text}
      maxLength={200}
      placeholder="Part of a name, owner or description"
      aria-label="Narrow the list"
      onInput={(event) => {
        setText(event.currentTarget.value);
        onChange(event.currentTarget.value);
      }}
    />
  );
}
