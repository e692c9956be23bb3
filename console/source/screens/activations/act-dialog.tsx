import { useState } from "preact/hooks";
import { api } from "../../data/api.ts";
import { BulkConfirm } from "../../parts/dialog/bulk.tsx";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { plural } from "../../parts/text/number.ts";
import type { ActivationAct } from "./allowed.ts";
import { summaryOf } from "./outcomes.ts";

/** What an act is done to: activations by id, or all that match a filter. */
export type Target = { readonly ids: readonly string[] } | { readonly q: string };

const VERBS = { cancel: "Cancel", retry: "Make due", purge: "Purge" } as const;

interface Props {
  readonly act: ActivationAct;
  readonly target: Target;
  readonly onClose: () => void;
  /** It was done, or a job does it. */
  readonly onDone: () => void;
}

/** Asks before activations are cancelled, made due, or purged; says what it does and what it does not. */
export function ActDialog({ act, target, onClose, onDone }: Props) {
  const [chain, setChain] = useState(false);
  const path = `activations/${act}` as const;
  const more = (
    <>
      <Explanation act={act} />
      {act === "cancel" && "ids" in target && (
        <label class="option">
          <input type="checkbox" checked={chain} onChange={(event) => setChain(event.currentTarget.checked)} />
          <span>Follow retries: where a run has ended and is being retried, cancel the next run</span>
        </label>
      )}
    </>
  );
  const asked = act === "cancel" && chain ? { chain } : {};
  if ("q" in target) {
    return (
      <BulkConfirm
        title={`${VERBS[act]} all that match`}
        verb={VERBS[act]}
        noun="activation"
        tone={act === "retry" ? "main" : "danger"}
        planKey=""
        plan={async () => {
          const answer = await api.post(path, { q: target.q, dryRun: true, reason: "" });
          if (!("plan" in answer)) throw new Error("expected a plan from the server");
          return answer;
        }}
        change={async (plan, reason) => {
          const answer = await api.post(path, { q: target.q, plan, reason });
          const jobs = "jobs" in answer ? answer.jobs.length : 0;
          toast(`Started: ${plural(jobs, "job")}; Jobs shows the progress`);
          onDone();
        }}
        onClose={onClose}
      >
        <p class="mono">{target.q === "" ? "(no filter: everything)" : target.q}</p>
        {more}
      </BulkConfirm>
    );
  }
  const { ids } = target;
  return (
    <Confirm
      title={`${VERBS[act]} ${plural(ids.length, "activation")}${act === "retry" ? " now" : ""}`}
      verb={`${VERBS[act]} ${ids.length === 1 ? "it" : plural(ids.length, "activation")}`}
      tone={act === "retry" ? "main" : "danger"}
      onConfirm={async (reason) => {
        const answer = await api.post(path, { ids, reason, ...asked });
        if (!("counts" in answer)) throw new Error("expected the outcomes from the server");
        const { text, whole } = summaryOf(act, answer);
        const missing =
          answer.partial.length === 0
            ? ""
            : `; ${answer.partial.map(({ broker }) => broker).join(", ")} did not answer`;
        toast(text + missing, { level: whole && missing === "" ? "done" : "failed" });
        onDone();
      }}
      onClose={onClose}
    >
      {ids.length === 1 && <p class="mono break">{ids[0]}</p>}
      {more}
    </Confirm>
  );
}

function Explanation({ act }: { readonly act: ActivationAct }) {
  if (act === "retry") {
    return <p>Delayed ones are due at once; limits of the pool still hold. Others are left as they are.</p>;
  }
  if (act === "purge") {
    return <p>Waiting ones end as cancelled and never start. Running ones are left alone.</p>;
  }
  return (
    <p>
      Waiting ones never start. The signal of running ones is aborted; a handler that does not end within 5 s is killed
      with its process. Cancelling does not undo what a handler did, nor what it already sent.
    </p>
  );
}
