import type { ControlDocument } from "../../../../runtime/operations/documents/controls.js";
import type { JoinedControls } from "../../../../runtime/operations/documents/front.js";

/** A pause or a kill rule with the brokers that apply it. */
export interface JoinedControl {
  readonly control: ControlDocument;
  /** HOST:PORT of those that have it. */
  readonly brokers: readonly string[];
  /** How many all brokers have dropped; null: it is a pause. */
  readonly dropped: number | null;
}

/**
 * The controls of all brokers, each once: those of people, pauses before kill rules and the newest first, and then the rules
 * of files by line.
 */
export function joinedControls({ brokers }: Pick<JoinedControls, "brokers">): readonly JoinedControl[] {
  const joined = new Map<string, JoinedControl>();
  for (const { broker, controls } of brokers) {
    for (const control of controls) {
      const key = JSON.stringify([control.id, control.kind, control.subject, control.args, control.kwargs]);
      const known = joined.get(key);
      const dropped =
        control.dropped === null && known?.dropped == null ? null : (known?.dropped ?? 0) + (control.dropped ?? 0);
      joined.set(key, { control: known?.control ?? control, brokers: [...(known?.brokers ?? []), broker], dropped });
    }
  }
  return [...joined.values()].sort(inOrder);
}

function inOrder({ control: one }: JoinedControl, { control: other }: JoinedControl): number {
  const rank = ({ source, kind }: ControlDocument) => (source === "file" ? 2 : kind === "kill" ? 1 : 0);
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  if (one.source === "file") return (one.line ?? 0) - (other.line ?? 0);
  return (other.since ?? "").localeCompare(one.since ?? "");
}

/** What a control does, as a sentence. */
export function controlWords(control: ControlDocument): string {
  return control.kind === "kill" ? `${subjectWords(control)} is dropped` : `${subjectWords(control)} is paused`;
}

/** What a control is about: "Namespace mail", "Every shop.pay where order_id = 5". */
export function subjectWords({ kind, subject, args, kwargs }: ControlDocument): string {
  if (kind !== "kill") return `${KINDS[kind]} ${subject}`;
  const byName = Object.entries(kwargs ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  // A rule by name also has the position, because producers may send a parameter either way.
  const known = new Set(Object.values(kwargs ?? {}).map((value) => JSON.stringify(value)));
  const byPosition = Object.entries(args ?? {})
    .map(([position, value]) => [position, JSON.stringify(value)] as const)
    .filter(([, value]) => !known.has(value))
    .map(([position, value]) => `argument ${position} = ${value}`);
  const conditions = [...byPosition, ...byName];
  const named = conditions.join(" or ");
  return conditions.length === 0 ? `Every ${subject}` : `Every ${subject} where ${named}`;
}

const KINDS = { task: "Task", namespace: "Namespace", topic: "Topic", pool: "Pool" } as const;

/** What a pause does to work, for the dialog that sets it. */
export const PAUSE_EFFECTS = {
  task: "What waits is parked, in its order, and new ones join it. Running ones finish; delayed ones come due and are parked; what expires meanwhile is lost.",
  namespace:
    "What waits of all its tasks is parked, in its order, and new ones join it. Running ones finish; delayed ones come due and are parked; what expires meanwhile is lost.",
  topic: "Nothing of it is handed out. Reading goes on up to its limits; running ones finish; expiry still counts.",
  pool: "Nothing is handed out by its brokers. Reading goes on up to the limits; running ones finish; expiry still counts.",
} as const;

/** How many brokers apply a control: "3 of 3 brokers". "": there is one broker, and it does. */
export function appliedWords({ brokers }: JoinedControl, all: readonly string[]): string {
  return all.length < 2 && brokers.length === all.length ? "" : `${brokers.length} of ${all.length} brokers`;
}
