import { useRef, useState } from "preact/hooks";
import { linkTo, useHere } from "../data/location.ts";
import { Combobox } from "../parts/filter/combobox.tsx";
import { useShortcuts } from "../parts/keys/keys.ts";
import { useKnown } from "../screens/activations/known.ts";
import { nounOf, searchSuggestions, type Target, targetOf } from "./search.ts";

/** The search of the whole console: an id, a task, or a filter of the list at hand. */
export function SearchBox() {
  const { go, route, search } = useHere();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [used, setUsed] = useState(false);
  // What it suggests is asked for when somebody uses it.
  const known = useKnown(used);
  const noun = nounOf(route, search);
  useShortcuts("Page", [{ keys: "/", label: "Search", run: () => input.current?.select() }]);
  const lead = (target: Target | undefined) => {
    if (target !== undefined) go(linkTo(target.screen, target.params, target.search));
    return target !== undefined;
  };
  return (
    <search class="search">
      <Combobox
        input={input}
        label="Search"
        placeholder="Id, task, filter"
        value={text}
        onType={setText}
        optionsAt={(caret) => searchSuggestions(text, caret, noun, known)}
        onTake={(suggestion) => {
          if (suggestion.task === undefined) return suggestion;
          setText("");
          lead({ screen: "task", params: { name: suggestion.task } });
          return undefined;
        }}
        onSubmit={() => lead(targetOf(text, noun))}
        onFocus={() => setUsed(true)}
      />
      <kbd>/</kbd>
    </search>
  );
}
