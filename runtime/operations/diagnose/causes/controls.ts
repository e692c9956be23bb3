import type { Counts } from "../../../activation/states.js";
import type { ControlDocument } from "../../documents/controls.js";
import type { Level } from "../codes.js";
import type { Pool, Seen, Subject } from "../finding.js";
import { listed, number } from "../words.js";

/** What people hold back or drop, and whether every broker does. Rules of the file are the configuration's. */
export function ofControls(pool: Pool): Seen[] {
  return [...apart(pool), ...inForce(pool)];
}

function apart({ name, brokers }: Pool): Seen[] {
  const subject = { kind: "pool", name } as const;
  const unseen = brokers.flatMap(({ broker, status: { controls } }): Seen[] =>
    controls.problem === null
      ? []
      : [
          {
            code: "controls_apart",
            level: "warning",
            broker,
            subject,
            text: "pauses and kill rules of other brokers of the pool may not apply on this one, or its own not there",
            evidence: [controls.problem],
            hint: "make topic taskwire-control readable and writable for this login (`taskwire topics --env NAME --create` creates it), or set controls on every broker",
          },
        ],
  );
  const versions = new Map<string, string[]>();
  for (const { broker, status } of brokers)
    versions.set(status.controls.version, [...(versions.get(status.controls.version) ?? []), broker]);
  if (unseen.length > 0 || versions.size < 2) return unseen;
  return [
    {
      code: "controls_apart",
      level: "warning",
      subject,
      text: `the brokers of pool ${name} apply different pauses and kill rules`,
      evidence: [...versions].map(([version, names]) => `version ${version}: ${listed(names)}`),
      hint: "wait a few seconds after a change; if it lasts, pause or resume again, which sets it on every broker",
    },
  ];
}

interface InForce {
  readonly control: ControlDocument;
  readonly on: readonly string[];
  readonly dropped: number;
}

function inForce({ brokers }: Pool): Seen[] {
  const byKey = new Map<string, InForce>();
  for (const { broker, status } of brokers) {
    for (const control of status.controls.inForce) {
      const key = control.kind === "kill" ? control.id : `${control.kind}\0${control.subject}`;
      const known = byKey.get(key);
      byKey.set(key, {
        control,
        on: [...(known?.on ?? []), broker],
        dropped: (known?.dropped ?? 0) + (control.dropped ?? 0),
      });
    }
  }
  return [...byKey.values()].map((each) => {
    const only = each.on.length < brokers.length ? [`it applies on ${listed(each.on)} only`] : [];
    return each.control.kind === "kill" ? killed(each, only) : paused(each, only, brokers);
  });
}

function paused({ control }: InForce, only: readonly string[], brokers: Pool["brokers"]): Seen {
  const { kind, subject } = control;
  const waits = waiting(control, brokers);
  return {
    code: "paused",
    level: waits > 0 ? "stopped" : "warning",
    subject: subjectOf(control),
    text: `${kind} ${subject} is paused${waits === 0 ? "" : `: ${number(waits)} ${waits === 1 ? "waits" : "wait"}`}`,
    evidence: [saidOf(control), ...only],
    hint: `\`taskwire resume --${kind} ${subject}\` when it may run again`,
  };
}

function killed({ control, dropped }: InForce, only: readonly string[]): Seen {
  const { subject, id, args, kwargs } = control;
  const conditions = [...Object.entries(args ?? {}), ...Object.entries(kwargs ?? {})].map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  const which = conditions.length === 0 ? "every activation" : "activations";
  const by = conditions.length === 0 ? "" : ` with ${conditions.join(" or ")}`;
  const level: Level = "warning";
  return {
    code: "work_dropped",
    level,
    subject: { kind: "task", name: subject, namespace: null },
    text: `a kill rule drops ${which} of ${subject}${by}: ${number(dropped)} since the start`,
    evidence: [saidOf(control), ...only],
    hint: `\`taskwire kill remove ${id}\` when it may run again; what was dropped does not come back`,
  };
}

function saidOf({ by, since, until, reason }: ControlDocument): string {
  const ends = until === null ? "without an end" : `until ${until}`;
  return `set by ${by ?? "nobody known"}${since === null ? "" : ` at ${since}`}, ${ends}${reason === "" ? "" : `: ${reason}`}`;
}

function subjectOf({ kind, subject }: ControlDocument): Subject {
  return kind === "task" || kind === "kill"
    ? { kind: "task", name: subject, namespace: null }
    : { kind, name: subject };
}

/** How many activations a pause holds back now. */
function waiting({ kind, subject }: ControlDocument, brokers: Pool["brokers"]): number {
  const held = ({ pending, parked }: Pick<Counts, "pending" | "parked">) => pending + parked;
  return brokers.reduce((sum, { status }) => {
    if (kind === "pool") return sum + held(status.counts);
    if (kind === "topic")
      return sum + status.limits.reduce((all, each) => all + (each.topic === subject ? held(each) : 0), 0);
    const own = status.tasks.filter((each) => (kind === "task" ? each.task : each.namespace) === subject);
    return sum + own.reduce((all, each) => all + held(each), 0);
  }, 0);
}
