import type { ActivationContent } from "../../../../runtime/operations/documents/content.js";
import { Banner } from "../../parts/page/states.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { Copy } from "../../parts/text/copy.tsx";
import { JsonTree } from "../../parts/text/json-tree.tsx";
import { bytes } from "../../parts/text/number.ts";
import { asJson, asSend, asTestInput, type Copy as Copied, exact } from "./copies.ts";

interface Props {
  readonly content: ActivationContent;
  readonly task: string;
  /** Opens parameters that are large; absent: they cannot be. */
  readonly onOpen?: (() => void) | undefined;
}

/** The parameters of an activation, by name where the schema has them. */
export function Parameters({ content, task, onOpen }: Props) {
  const { parameters } = content;
  switch (parameters.kind) {
    case "named":
      return (
        <>
          {parameters.parameters.length === 0 && <p class="muted">The task has no parameters.</p>}
          <dl class="parameters">
            {parameters.parameters.map(({ name, type, value, absent }) => (
              <div key={name} class="parameter">
                <dt>
                  <Clipped text={name} longest={60} mono />
                  <span class={type === null ? "tone-again" : "muted"}> {type ?? "not in the schema"}</span>
                </dt>
                <dd>{absent ? <span class="muted">absent</span> : <JsonTree value={exact(value, type)} open={1} />}</dd>
              </div>
            ))}
          </dl>
          <Copies content={content} task={task} />
        </>
      );
    case "unnamed":
      return (
        <>
          <Banner level="info">
            No model of this console has the task: the parameters are shown as they were sent, and names that look like
            secrets are covered.
          </Banner>
          <JsonTree value={parameters.args} name="args" open={2} />
          <JsonTree value={parameters.kwargs} name="kwargs" open={2} />
          <Copies content={content} task={task} />
        </>
      );
    case "large":
      return (
        <div class="row">
          <p>The parameters are compressed, and {bytes(parameters.bytes)} when they are opened.</p>
          {onOpen !== undefined && (
            <button type="button" class="button small" onClick={onOpen}>
              Open them
            </button>
          )}
        </div>
      );
    case "unreadable":
      return (
        <>
          <Banner level="warning">The parameters cannot be read: {parameters.problem}</Banner>
          {parameters.hex === null ? (
            <p class="muted">Their {bytes(parameters.bytes)} are covered: the task has sensitive parameters.</p>
          ) : (
            <p class="mono break">
              <Clipped text={parameters.hex} longest={400} opens /> <span class="muted">{bytes(parameters.bytes)}</span>
            </p>
          )}
        </>
      );
  }
}

function Copies({ content, task }: Pick<Props, "content" | "task">) {
  const copies: readonly (readonly [string, Copied])[] = [
    ["Copy as JSON", asJson(content)],
    ["Copy as send", asSend(content, task)],
    ["Copy as test input", asTestInput(content)],
  ];
  const [first] = copies.flatMap(([, copy]) => ("why" in copy ? [copy.why] : []));
  return (
    <div class="row">
      {copies.map(([label, copy]) => ("text" in copy ? <Copy key={label} label={label} text={copy.text} /> : null))}
      {first !== undefined && copies.every(([, copy]) => "why" in copy) && (
        <p class="muted">Not to be copied: {first}.</p>
      )}
    </div>
  );
}
