import { visible } from "../../parts/text/clip.ts";
import { Time } from "../../parts/text/time.tsx";

/** Commands between backticks, and times as documents have them. */
const PARTS = /(`[^`]+`|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence of a finding: its commands as code, its times in the zone of the reader. */
export function Prose({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(PARTS).map((part, index) => {
        if (index % 2 === 0) return visible(part);
        const key = `${index} ${part}`;
        return part.startsWith("`") ? (
          <code key={key}>
            {words(part.slice(1, -1)).map((word, at) => (
              // A line does not break within a flag.
              <span key={`${at} ${word}`} class="word">
                {visible(word)}
              </span>
            ))}
          </code>
        ) : (
          <Time key={key} at={part} exact />
        );
      })}
    </>
  );
}

/** The words of a command, each with the space behind it. */
function words(command: string): readonly string[] {
  return command.match(/\S+\s*|^\s+/g) ?? [];
}
