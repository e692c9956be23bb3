import { Action } from "../../parts/dialog/action.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Clipped } from "../../parts/text/clipped.tsx";
import { count } from "../../parts/text/number.ts";
import { Countdown, Time } from "../../parts/text/time.tsx";
import { appliedWords, type JoinedControl, subjectWords } from "./joined.ts";

/** The columns of the controls in force. `all`: every broker that answered. */
export function controlColumns(
  all: readonly string[],
  onEnd: (joined: JoinedControl) => void,
): readonly Column<JoinedControl>[] {
  return [
    {
      id: "what",
      title: "What",
      wide: true,
      card: "title",
      cell: ({ control }) => (
        <div class="control-what">
          <span>
            <StateMark
              of={control.kind === "kill" ? "killswitched" : "parked"}
              word={control.kind === "kill" ? "drop" : "pause"}
            />{" "}
            <Clipped text={subjectWords(control)} longest={110} />
          </span>
          {control.reason !== "" && (
            <span class="muted">
              <Clipped text={control.reason} longest={120} opens />
            </span>
          )}
        </div>
      ),
    },
    {
      id: "by",
      title: "By",
      cell: ({ control }) => (
        <span>
          {control.by ?? (control.line === null ? "the file" : `the file, line ${control.line}`)}
          {control.since !== null && (
            <>
              {" "}
              <span class="muted">
                <Time at={control.since} />
              </span>
            </>
          )}
        </span>
      ),
    },
    {
      id: "until",
      title: "Ends in",
      cell: ({ control }) =>
        control.until === null ? (
          <span class={control.source === "person" ? "tone-again" : "muted"}>never</span>
        ) : (
          <Countdown until={control.until} />
        ),
    },
    {
      id: "dropped",
      title: "Dropped",
      numeric: true,
      cell: ({ dropped }) => (dropped === null ? <span class="muted">–</span> : count(dropped)),
    },
    {
      id: "applied",
      title: "Applied by",
      card: "hidden",
      cell: (joined) => {
        const words = appliedWords(joined, all);
        return (
          <span class={joined.brokers.length < all.length ? "tone-again" : "muted"} title={joined.brokers.join(", ")}>
            {words === "" ? "the broker" : words}
          </span>
        );
      },
    },
    {
      id: "act",
      title: "Actions",
      cell: (joined) => (
        <Action
          small
          why={joined.control.source === "file" ? "The file of the runtime configuration has it: edit that" : null}
          onClick={() => onEnd(joined)}
        >
          {joined.control.kind === "kill" ? "End" : "Resume"}
        </Action>
      ),
    },
  ];
}
