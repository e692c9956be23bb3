import { useState } from "preact/hooks";
import { api } from "../../data/api.ts";
import { encoded } from "../../data/routes.ts";
import { Action } from "../../parts/dialog/action.tsx";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { clip } from "../../parts/text/clip.ts";
import { plural } from "../../parts/text/number.ts";
import type { WorkerFacts } from "./worker-facts.ts";

/** Hands a worker nothing more, or again. */
export function DrainButton({ worker: { worker, state, processing } }: { readonly worker: WorkerFacts }) {
  const [open, setOpen] = useState(false);
  const undo = state === "drained";
  const why = state === "lost" ? "It is not connected" : state === "draining" ? "It is leaving by itself" : null;
  const name = clip(worker, 40);
  const change = async (reason: string) => {
    const { brokers, partial } = await api.post(`workers/${encoded(worker)}/drain`, { reason, undo });
    const done = brokers.some((each) => each.done);
    const silent = partial.length === 0 ? "" : `; ${partial.map(({ broker }) => broker).join(", ")} did not answer`;
    const words = undo ? `${name} is handed work again` : `${name} is handed nothing more`;
    toast(`${done ? words : `Nothing changed: ${undo ? "it was not drained" : "it was drained already"}`}${silent}`);
  };
  return (
    <>
      <Action small why={why} onClick={() => setOpen(true)}>
        {undo ? "Undo" : "Drain"}
      </Action>
      {open && (
        <Confirm
          title={undo ? `Hand work to ${name} again` : `Drain ${name}`}
          verb={undo ? "Undo drain" : "Drain"}
          onConfirm={change}
          onClose={() => setOpen(false)}
        >
          <p>
            {undo
              ? "It is handed work again at once."
              : `It is handed nothing more. What it has (${plural(processing, "activation")}) finishes. This ends with its session, or when it is undone.`}
          </p>
        </Confirm>
      )}
    </>
  );
}
