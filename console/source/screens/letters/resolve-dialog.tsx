import { useState } from "preact/hooks";
import type { LetterDocument } from "../../../../runtime/operations/documents/letter.js";
import { api } from "../../data/api.ts";
import { BulkConfirm } from "../../parts/dialog/bulk.tsx";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { plural } from "../../parts/text/number.ts";
import { mayHaveStarted } from "./allowed.ts";
import { letterSummary } from "./outcomes.ts";
import { purgeLater } from "./purge-later.ts";

/** What is resolved: letters of one pool, or all open ones that match a filter. */
type LetterTarget =
  | { readonly letters: readonly (LetterDocument & { readonly pool?: string })[] }
  | { readonly q: string };

interface Props {
  readonly target: LetterTarget;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Letters a second, unless the person chooses another rate. */
const RATE = 100;

/** Asks before letters are sent again. */
export function ReplayDialog({ target, onClose, onDone }: Props) {
  const [accepts, setAccepts] = useState(false);
  const [rate, setRate] = useState(RATE);
  const doubtful = "letters" in target ? target.letters.filter(mayHaveStarted).length : undefined;
  const asked = accepts ? { mayHaveStarted: true } : {};
  const more = (
    <>
      <p>
        Each is sent as a new activation, whose id follows from the letter: a letter that two people replay at once runs
        once. One that fails again is a new letter that names this one.
      </p>
      {doubtful !== 0 && (
        <label class="option">
          <input type="checkbox" checked={accepts} onChange={(event) => setAccepts(event.currentTarget.checked)} />
          <span>
            Also replay work that runs at most once and may have started
            {doubtful !== undefined && ` (${plural(doubtful, "letter")})`}: it may then run twice
          </span>
        </label>
      )}
    </>
  );
  if ("q" in target) {
    return (
      <BulkConfirm
        title="Replay all that match"
        verb="Replay"
        noun="dead letter"
        planKey={`${accepts} ${rate}`}
        plan={async () => {
          const answer = await api.post("dead-letters/replay", {
            q: target.q,
            dryRun: true,
            reason: "",
            rate,
            ...asked,
          });
          if (!("plan" in answer)) throw new Error("expected a plan from the server");
          return answer;
        }}
        change={async (plan, reason) => {
          const answer = await api.post("dead-letters/replay", { q: target.q, plan, reason, rate, ...asked });
          toast(`Started: ${plural("jobs" in answer ? answer.jobs.length : 0, "job")}; Jobs shows the progress`);
          onDone();
        }}
        onClose={onClose}
      >
        <p class="mono break">{target.q === "" ? "(no filter: every open dead letter)" : target.q}</p>
        {more}
        <label class="field">
          <span class="field-name">Letters a second, 0: as fast as the log takes them</span>
          <input
            type="number"
            min={0}
            max={100_000}
            value={rate}
            onChange={(event) => setRate(Math.max(0, Math.min(100_000, Math.round(Number(event.currentTarget.value)))))}
          />
        </label>
        <p class="muted">It stops by itself when half of a hundred replays are back as dead letters.</p>
      </BulkConfirm>
    );
  }
  const { letters } = target;
  return (
    <Confirm
      title={`Replay ${plural(letters.length, "dead letter")}`}
      verb="Replay"
      why={doubtful === letters.length && !accepts ? "It may have started: accept that it may run twice" : undefined}
      onConfirm={async (reason) => {
        const places = letters.map(({ place }) => place);
        const answer = await api.post("dead-letters/replay", { places, pool: letters[0]?.pool, reason, ...asked });
        if (!("outcomes" in answer)) throw new Error("expected the outcomes from the server");
        const { text, whole } = letterSummary(answer);
        toast(text, { level: whole ? "done" : "failed" });
        onDone();
      }}
      onClose={onClose}
    >
      {more}
    </Confirm>
  );
}

/** Asks before letters are purged; 10 s later it is done. */
export function PurgeDialog({ target, onClose, onDone }: Props) {
  const more = (
    <p>
      A purged letter cannot be replayed, and there is no reopening. Embedded logs empty its bytes at once; in Kafka
      they leave with the retention of the topic.
    </p>
  );
  if ("q" in target) {
    return (
      <BulkConfirm
        title="Purge all that match"
        verb="Purge"
        noun="dead letter"
        tone="danger"
        plan={async () => {
          const answer = await api.post("dead-letters/purge", { q: target.q, dryRun: true, reason: "" });
          if (!("plan" in answer)) throw new Error("expected a plan from the server");
          return answer;
        }}
        change={async (plan, reason) =>
          purgeLater({
            what: "all that match",
            places: [],
            run: async () => {
              const answer = await api.post("dead-letters/purge", { q: target.q, plan, reason });
              const jobs = plural("jobs" in answer ? answer.jobs.length : 0, "job");
              return { text: `Started: ${jobs}; Jobs shows the progress`, whole: true };
            },
            onDone,
          })
        }
        onClose={onClose}
      >
        <p class="mono break">{target.q === "" ? "(no filter: every open dead letter)" : target.q}</p>
        {more}
      </BulkConfirm>
    );
  }
  const places = target.letters.map(({ place }) => place);
  return (
    <Confirm
      title={`Purge ${plural(places.length, "dead letter")}`}
      verb="Purge"
      tone="danger"
      onConfirm={async (reason) =>
        purgeLater({
          what: plural(places.length, "dead letter"),
          places,
          run: async () => {
            const answer = await api.post("dead-letters/purge", { places, pool: target.letters[0]?.pool, reason });
            if (!("outcomes" in answer)) throw new Error("expected the outcomes from the server");
            return letterSummary(answer);
          },
          onDone,
        })
      }
      onClose={onClose}
    >
      {more}
      <p>You have 10 s to undo it.</p>
    </Confirm>
  );
}
