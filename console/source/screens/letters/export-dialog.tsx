import { useState } from "preact/hooks";
import { addressOf } from "../../data/api.ts";
import { poolFor } from "../../data/pool.ts";
import { refusal } from "../../data/session.ts";
import { Dialog } from "../../parts/dialog/dialog.tsx";

interface Props {
  readonly q: string;
  readonly state: string;
  readonly onClose: () => void;
}

/** Letters as a file of JSON lines. Sensitive values and raw bytes need the right and a reason. */
export function ExportDialog({ q, state, onClose }: Props) {
  const [raw, setRaw] = useState(false);
  const [reveal, setReveal] = useState(false);
  const [reason, setReason] = useState("");
  const hindrance = refusal("reveal");
  const needsReason = raw || reveal;
  const missing = needsReason && reason.trim() === "";
  const address = addressOf("dead-letters/export", {
    q,
    state,
    pool: poolFor("dead-letters/export"),
    raw: raw ? 1 : undefined,
    reveal: reveal ? 1 : undefined,
    reason: reason.trim(),
  });
  return (
    <Dialog
      title="Export dead letters"
      onClose={onClose}
      foot={
        <>
          {missing && <span class="muted">Write a reason</span>}
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          {missing ? (
            <button type="button" class="button main" disabled>
              Download
            </button>
          ) : (
            <a class="button main" href={address} download="dead-letters.ndjson" onClick={onClose}>
              Download
            </a>
          )}
        </>
      }
    >
      <p>
        One dead letter a line, as JSON: {state === "all" ? "every state" : `the ${state} ones`}
        {q === "" ? "" : " that match the filter"}, in the order of the log, also those that this list does not reach.
      </p>
      <fieldset class="choices">
        <legend class="field-name">Also</legend>
        <label>
          <input
            type="checkbox"
            checked={reveal}
            disabled={hindrance !== null}
            onChange={(event) => setReveal(event.currentTarget.checked)}
          />
          sensitive values in clear
        </label>
        <label>
          <input
            type="checkbox"
            checked={raw}
            disabled={hindrance !== null}
            onChange={(event) => setRaw(event.currentTarget.checked)}
          />
          the bytes of each activation
        </label>
      </fieldset>
      {hindrance !== null && <p class="muted">{hindrance}</p>}
      {needsReason && (
        <label class="field">
          <span class="field-name">Reason, for the audit log</span>
          <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      )}
    </Dialog>
  );
}
