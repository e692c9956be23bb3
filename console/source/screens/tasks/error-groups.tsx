import type { ErrorGroupDocument } from "../../../../runtime/operations/documents/errors.js";
import { linkTo } from "../../data/location.ts";
import { Sparkline } from "../../parts/chart/sparkline.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { count } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import { filterText } from "./filter-text.ts";
import "./error-groups.css";

interface Props {
  readonly groups: readonly ErrorGroupDocument[];
  /** Whether the task is named: on a page of one task it is not. */
  readonly named?: boolean;
}

/** Failed runs that differ only in numbers, ids and the like, as one entry each. */
export function ErrorGroups({ groups, named = true }: Props) {
  return (
    <ul class="error-groups">
      {groups.map(({ fingerprint, task, reason, error, frame, count: failures, firstSeen, lastSeen, perMinute }) => {
        const q = filterText({ fp: fingerprint });
        return (
          <li key={`${fingerprint} ${task}`} class="error-group">
            <div class="failures-count">
              <span class="number">{count(failures)}</span>
              <Sparkline values={perMinute} label={`Failures a minute in the last hour`} tone="bad" />
            </div>
            <div class="failures-text">
              <p class="failures-line">
                <Clipped text={error === "" ? reason.replaceAll("_", " ") : error} longest={110} mono />
              </p>
              <p class="muted">
                {named && (
                  <>
                    <a href={linkTo("task", { name: task })}>
                      <Clipped text={task} longest={44} mono />
                    </a>
                    {" · "}
                  </>
                )}
                {reason.replaceAll("_", " ")}
                {frame !== "" && (
                  <>
                    {" · "}
                    <Clipped text={frame} longest={60} mono />
                  </>
                )}
              </p>
              <p class="muted">
                last <Time at={lastSeen} />, first <Time at={firstSeen} />
                {" · "}
                <a href={linkTo("activations", {}, { tab: "ended", q })}>Its ends</a>
                {" · "}
                <a href={linkTo("letters", {}, { q })}>Its dead letters</a>
              </p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
