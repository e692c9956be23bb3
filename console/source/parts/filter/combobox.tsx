import type { RefObject } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

interface Option {
  /** What is shown; no two of a list have the same. */
  readonly text: string;
  /** What it says more. */
  readonly about: string;
}

/** What is in the box after an option was taken, and where the caret stands. */
interface Typed {
  readonly filter: string;
  readonly caret: number;
}

interface Props<Of extends Option> {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onType: (text: string) => void;
  /** What may follow where the caret stands. */
  readonly optionsAt: (caret: number) => readonly Of[];
  /** undefined: it leads elsewhere, and the list closes. */
  readonly onTake: (option: Of) => Typed | undefined;
  /** Enter without a chosen option. false: the list stays open. */
  readonly onSubmit: () => boolean;
  /** Whether the list opens before anything is typed; ArrowDown opens it in any case. */
  readonly opensEmpty?: boolean;
  readonly onFocus?: () => void;
  /** Id of the text that says what is wrong with the value. */
  readonly wrong?: string | undefined;
}

/**
 * A line of text with suggestions, the combobox of ARIA's patterns. Nothing is chosen until an arrow key chooses it, so Enter
 * submits what was typed; Tab takes what is chosen, and else goes on; Escape closes the list.
 */
export function Combobox<Of extends Option>(props: Props<Of>) {
  const { input, label, placeholder, value, onType, optionsAt, onTake, onSubmit, wrong } = props;
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [caret, setCaret] = useState(value.length);
  const id = useId();
  const options = open ? optionsAt(caret) : [];
  useEffect(() => {
    if (chosen >= 0) document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const type = (text: string, at: number) => {
    onType(text);
    setCaret(at);
    setChosen(-1);
    setOpen(text !== "" || props.opensEmpty === true);
  };
  const close = () => {
    setOpen(false);
    setChosen(-1);
  };
  const take = (option: Of) => {
    const after = onTake(option);
    if (after === undefined) return close();
    type(after.filter, after.caret);
    input.current?.focus();
    // The value is set at the next render, and the caret behind that.
    requestAnimationFrame(() => input.current?.setSelectionRange(after.caret, after.caret));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // An input method editor has the keys while it composes a character.
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const last = optionsAt(caret).length - 1;
      setChosen((before) => Math.max(-1, Math.min(last, before + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey && options[chosen] !== undefined)) {
      const option = options[chosen];
      event.preventDefault();
      if (option !== undefined) take(option);
      else if (onSubmit()) close();
    } else if (event.key === "Escape" && open && options.length > 0) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return (
    <>
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={options[chosen] === undefined ? undefined : `${id}-${chosen}`}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        placeholder={placeholder}
        value={value}
        onInput={(event) => type(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)}
        onFocus={(event) => {
          setCaret(event.currentTarget.selectionStart ?? 0);
          setOpen(value !== "" || props.opensEmpty === true);
          props.onFocus?.();
        }}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Suggestions" class="suggestions" hidden={options.length === 0}>
        {options.map((option, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys of the input choose it
          <div
            key={option.text}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(option)}
          >
            <span class="mono">{option.text}</span>
            <span class="muted">{option.about}</span>
          </div>
        ))}
      </div>
    </>
  );
}
