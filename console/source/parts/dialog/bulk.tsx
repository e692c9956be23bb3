import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type ProblemError, problemOf } from "../../data/problem-error.ts";
import { Banner, Skeleton } from "../page/states.tsx";
import { Clipped } from "../text/clipped.tsx";
import { count, plural } from "../text/number.ts";
import { Confirm } from "./confirm.tsx";

/** What a dry run says, of activations and of letters. */
interface Plan {
  readonly matched: number;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, number>>;
  readonly plan: string;
  readonly seconds?: number;
}

interface Props {
  readonly title: string;
  /** "Cancel", "Replay". */
  readonly verb: string;
  readonly noun: string;
  readonly nouns?: string;
  readonly tone?: "main" | "danger";
  /** Asks for the plan. Another `planKey` asks anew. */
  readonly plan: () => Promise<Plan>;
  readonly planKey?: string;
  readonly change: (plan: string, reason: string) => Promise<void>;
  /** What to know before, and further choices. */
  readonly children?: ComponentChildren;
  readonly onClose: () => void;
}

/** From this many on the number has to be typed. */
const TYPED = 1000;
/** Tasks that are named. */
const SHOWN = 8;

/** Bulk work by a filter: what the dry run matched, then the change of exactly that. */
export function BulkConfirm({
  title,
  verb,
  noun,
  nouns = `${noun}s`,
  tone = "main",
  plan: ask,
  planKey = "",
  change,
  children,
  onClose,
}: Props) {
  const [plan, setPlan] = useState<Plan>();
  const [problem, setProblem] = useState<ProblemError>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let counts = true;
    setPlan(undefined);
    setProblem(undefined);
    ask().then(
      (answer) => counts && setPlan(answer),
      (error: unknown) => counts && setProblem(problemOf(error)),
    );
    return () => {
      counts = false;
    };
  }, [planKey, round]);
  const matched = plan?.matched ?? 0;
  return (
    <Confirm
      title={title}
      verb={plan === undefined ? verb : `${verb} ${plural(matched, noun, nouns)}`}
      tone={tone}
      typed={matched > TYPED ? matched : undefined}
      why={plan === undefined ? "Counting what matches" : matched === 0 ? "Nothing matches" : undefined}
      onClose={onClose}
      onConfirm={async (reason) => {
        if (plan === undefined) return;
        try {
          await change(plan.plan, reason);
        } catch (error) {
          const refused = problemOf(error);
          // The plan is old, or much more matches by now: a new one is made, and the person looks again.
          if (refused.code.includes("plan")) setRound((before) => before + 1);
          throw refused;
        }
      }}
    >
      {children}
      {problem !== undefined && (
        <Banner
          level="failed"
          action={
            <button type="button" class="button small" onClick={() => setRound((before) => before + 1)}>
              Try again
            </button>
          }
        >
          <strong>The count failed</strong>: {problem.message}
        </Banner>
      )}
      {plan === undefined && problem === undefined && <Skeleton rows={3} />}
      {plan !== undefined && <PlanView plan={plan} noun={noun} nouns={nouns} />}
    </Confirm>
  );
}

function PlanView({ plan, noun, nouns }: { readonly plan: Plan; readonly noun: string; readonly nouns: string }) {
  const tasks = Object.entries(plan.tasks).sort(([, one], [, other]) => other - one);
  const leftOut = Object.entries(plan.leftOut).filter(([, number]) => number > 0);
  return (
    <div class="plan">
      <p class="plan-count">
        <span class="big-number">{count(plan.matched)}</span> {plan.matched === 1 ? noun : nouns}
        {plan.seconds !== undefined && <span class="muted"> in about {plural(Math.ceil(plan.seconds), "second")}</span>}
      </p>
      <ul class="plan-tasks">
        {tasks.slice(0, SHOWN).map(([task, number]) => (
          <li key={task}>
            <Clipped text={task} longest={60} mono />
            <span class="number">{count(number)}</span>
          </li>
        ))}
        {tasks.length > SHOWN && <li class="muted">and {plural(tasks.length - SHOWN, "further task")}</li>}
      </ul>
      {leftOut.map(([cause, number]) => (
        <p key={cause} class="muted">
          Left out: {count(number)} ({cause.replaceAll("_", " ")})
        </p>
      ))}
    </div>
  );
}
