import { Copy } from "../../parts/text/copy.tsx";
import "./code-line.css";

/** A command or a line of a program, to copy. */
export function CodeLine({ text }: { readonly text: string }) {
  return (
    <div class="code-line">
      <pre>
        <code>{text}</code>
      </pre>
      <Copy text={text} label="Copy" small />
    </div>
  );
}
