import type { PauseKind } from "../../../runtime/operations/documents/controls.js";
import type {
  ActivationDocument,
  ActivationsChange,
  ActivationsPage,
  AuditPage,
  CheckedParameters,
  ControlsChange,
  EndsPage,
  JobsPage,
  JoinedControls,
  JoinedErrors,
  JoinedProblems,
  JoinedSeries,
  JoinedWorkers,
  LetterGroupsPage,
  LettersChange,
  LettersPage,
  LetterView,
  PoolsDocument,
  SchedulesDocument,
  SentDocument,
  SessionDocument,
  StatusesDocument,
  TasksDocument,
  WorkersChange,
} from "../../../runtime/operations/documents/front.js";

/** What GET answers, by path below api/v1/. Parts of a path are percent-encoded: `activations/${encodeURIComponent(id)}`. */
export interface Reads {
  readonly session: SessionDocument;
  readonly pools: PoolsDocument;
  readonly statuses: StatusesDocument;
  readonly problems: JoinedProblems;
  readonly series: JoinedSeries;
  readonly errors: JoinedErrors;
  readonly jobs: JobsPage;
  readonly controls: JoinedControls;
  readonly workers: JoinedWorkers;
  readonly tasks: TasksDocument;
  readonly schedules: SchedulesDocument;
  readonly activations: ActivationsPage;
  readonly ends: EndsPage;
  readonly "dead-letters": LettersPage;
  readonly "letter-groups": LetterGroupsPage;
  readonly audit: AuditPage;
  readonly [activation: `activations/${string}`]: ActivationDocument;
  readonly [letter: `dead-letters/${string}`]: LetterView;
}

interface Reasoned {
  readonly reason: string;
}

interface Pooled {
  /** The pool of dead letters, where there are several. */
  readonly pool?: string | undefined;
}

/** A change of ids, a dry run of a filter, or the change that was planned by it. */
type Selection =
  | { readonly ids: readonly string[]; readonly dryRun?: boolean }
  | { readonly q: string; readonly dryRun: true }
  | { readonly q: string; readonly plan: string };

type ChangeActivations = Selection & Reasoned & { readonly chain?: boolean; readonly ahead?: boolean };

type ChangeLetters = (
  | { readonly places: readonly string[]; readonly dryRun?: boolean }
  | { readonly q: string; readonly dryRun: true }
  | { readonly q: string; readonly plan: string }
) &
  Reasoned &
  Pooled & {
    /** Letters a second; 0: as fast as the log takes them. */
    readonly rate?: number;
    readonly mayHaveStarted?: boolean;
    /** JSON text; only with one place. */
    readonly parameters?: string;
  };

interface PauseBody extends Reasoned {
  readonly kind: PauseKind;
  readonly subject: string;
  readonly until?: string;
  readonly dryRun?: boolean;
}

interface KillBody extends Reasoned {
  readonly task: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly until?: string;
  readonly dryRun?: boolean;
}

interface SendBody {
  readonly task: string;
  /** JSON text. */
  readonly parameters: string;
  /** Seconds. */
  readonly countdown?: number;
  readonly expires?: number;
  readonly id?: string;
}

/** What POST takes and answers, by path. */
export interface Changes {
  readonly session: [{ readonly token: string }, SessionDocument];
  readonly "activations/cancel": [ChangeActivations, ActivationsChange];
  readonly "activations/retry": [ChangeActivations, ActivationsChange];
  readonly "activations/purge": [ChangeActivations, ActivationsChange];
  readonly "dead-letters/check": [Pooled & { readonly place: string; readonly parameters: string }, CheckedParameters];
  readonly "dead-letters/replay": [ChangeLetters, LettersChange];
  readonly "dead-letters/purge": [ChangeLetters, LettersChange];
  readonly pause: [PauseBody, ControlsChange];
  readonly resume: [Omit<PauseBody, "until">, ControlsChange];
  readonly kill: [KillBody, ControlsChange];
  readonly unkill: [Reasoned & { readonly id: string }, ControlsChange];
  readonly send: [SendBody, SentDocument];
  readonly [reveal: `activations/${string}/reveal`]: [Reasoned, ActivationDocument];
  readonly [reveal: `dead-letters/${string}/reveal`]: [Reasoned & Pooled, LetterView];
  readonly [job: `jobs/${string}/cancel`]: [{ readonly broker: string }, JobsPage];
  readonly [worker: `workers/${string}/drain`]: [Reasoned & { readonly undo?: boolean }, WorkersChange];
  readonly [schedule: `schedules/${string}/run`]: [Reasoned, SentDocument];
  readonly [schedule: `schedules/${string}/${"pause" | "resume"}`]: [Reasoned, SchedulesDocument];
}
