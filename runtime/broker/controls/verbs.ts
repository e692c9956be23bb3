import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { cut } from "../../base/text.js";
import { CONTROL_TOPIC } from "../../model/control-topic.js";
import type {
  Concerned,
  ControlAnswer,
  ControlDocument,
  ControlsAnswer,
  PauseKind,
} from "../../operations/documents/controls.js";
import { OperationError } from "../../operations/errors.js";
import { RequestReader } from "../../operations/request.js";
import type { Verb } from "../../operations/verb.js";
import type { Inflight } from "../inflight/inflight.js";
import type { JournalPort } from "../journal/journal.js";
import type { RuntimeConfigFile } from "../runtime-config/file.js";
import { concernedBy, forecast, namespacesOf } from "./concerned.js";
import { type Conditions, type Control, conditions, idOf, LONGEST, PAUSE_KINDS } from "./control.js";
import type { Controls } from "./controls.js";
import { described, describedFileRule, FILE_PREFIX } from "./described.js";

/** Rules of the runtime configuration in an answer. */
const MOST_FILE_RULES = 1000;

interface Subjects {
  readonly pool: string;
  /** Names of the topics that the pool reads. */
  readonly topics: readonly string[];
}

interface ControlVerbsOptions extends Subjects {
  readonly controls: Controls;
  readonly runtimeConfig: Pick<RuntimeConfigFile, "rules" | "path"> | undefined;
  readonly inflight: Inflight;
  readonly journal: Pick<JournalPort, "page">;
  readonly clock: Clock;
}

/** Controls, Pause, Resume, Kill, Unkill. */
export function controlVerbs(options: ControlVerbsOptions): readonly Verb[] {
  const { controls, inflight, journal, clock } = options;
  const fileRules = () => (options.runtimeConfig?.rules ?? []).map(describedFileRule);

  const answer = (
    control: ControlDocument | null,
    done: boolean,
    concerned: Concerned,
    inForce: readonly ControlDocument[],
  ): ControlAnswer => {
    const alone = control !== null && done && !controls.isShared(control.id);
    return {
      control,
      done,
      concerned,
      inForce,
      version: controls.version,
      ...(alone && { note: noteOf(controls.problem) }),
    };
  };

  const concernedByTask = (task: string) => concernedBy("task", task, inflight.snapshot);

  return [
    {
      name: "Controls",
      async run(request): Promise<ControlsAnswer> {
        new RequestReader(request).end();
        await controls.refresh();
        return {
          version: controls.version,
          controls: [
            ...controls.inForce.map((control) => described(control, controls)),
            ...fileRules().slice(0, MOST_FILE_RULES),
          ],
          leftOut: Math.max(0, fileRules().length - MOST_FILE_RULES),
          problem: controls.problem ?? null,
          cancelledAhead: inflight.snapshot.cancelledAhead,
        };
      },
    },
    {
      name: "Pause",
      async run(request, { actor }): Promise<ControlAnswer> {
        const reader = new RequestReader(request);
        const subject = subjectOf(reader, options);
        const control = controlOf(reader, { ...subject, args: {}, kwargs: {} }, actor, clock.wall());
        const dryRun = reader.flag("dryRun");
        reader.end();
        const concerned = concernedBy(subject.kind, subject.subject, inflight.snapshot);
        if (!dryRun) await controls.set(control);
        return answer(described(control, controls), !dryRun, concerned, holding(options, subject));
      },
    },
    {
      name: "Resume",
      async run(request): Promise<ControlAnswer> {
        const reader = new RequestReader(request);
        const subject = subjectOf(reader, options);
        reader.text("reason", LONGEST.reason);
        const dryRun = reader.flag("dryRun");
        reader.end();
        const concerned = concernedBy(subject.kind, subject.subject, inflight.snapshot);
        const ended = await end(controls, idOf({ ...subject, args: {}, kwargs: {} }), dryRun);
        return answer(ended, ended !== null && !dryRun, concerned, holding(options, subject));
      },
    },
    {
      name: "Kill",
      async run(request, { actor, signal }): Promise<ControlAnswer> {
        const reader = new RequestReader(request);
        const kill = {
          kind: "kill",
          subject: reader.requiredText("task", LONGEST.subject),
          args: conditionsOf(reader, "args"),
          kwargs: conditionsOf(reader, "kwargs"),
        } as const;
        const control = controlOf(reader, kill, actor, clock.wall());
        const dryRun = reader.flag("dryRun");
        reader.end();
        const concerned = concernedByTask(control.subject);
        const rehearsal = await controls.rehearse(control);
        const drops = await forecast(control.subject, rehearsal, { inflight, journal, now: () => clock.now(), signal });
        if (!dryRun) await controls.set(control);
        const inForce = holding(options, { kind: "task", subject: control.subject });
        return { ...answer(described(control, controls), !dryRun, concerned, inForce), drops };
      },
    },
    {
      name: "Unkill",
      async run(request): Promise<ControlAnswer> {
        const reader = new RequestReader(request);
        const id = reader.requiredText("id", LONGEST.subject);
        reader.text("reason", LONGEST.reason);
        const dryRun = reader.flag("dryRun");
        reader.end();
        refuseFileRule(id, fileRules(), options.runtimeConfig?.path);
        if (!id.startsWith("kill/"))
          throw new OperationError(
            "bad_request",
            "bad_parameter",
            `id: expected the id of a kill rule, such as "kill/0123456789abcdef", found "${cut(id, 64)}"; Controls lists them`,
            { field: "id" },
          );
        const ended = await end(controls, id, dryRun);
        const subject = ended === null ? undefined : { kind: "task" as const, subject: ended.subject };
        const concerned = concernedByTask(ended?.subject ?? "");
        return answer(
          ended,
          ended !== null && !dryRun,
          concerned,
          subject === undefined ? [] : holding(options, subject),
        );
      },
    },
  ];

  function holding(
    { pool }: Subjects,
    { kind, subject }: { readonly kind: PauseKind; readonly subject: string },
  ): ControlDocument[] {
    const namespaces = kind === "task" ? namespacesOf(subject, inflight.snapshot) : new Set([subject]);
    const concerns = ({ kind: of, subject: name }: Pick<Control, "kind" | "subject">) =>
      (of === kind && name === subject) ||
      (of === "pool" && name === pool) ||
      (kind === "task" && ((of === "kill" && name === subject) || (of === "namespace" && namespaces.has(name))));
    return [
      ...controls.inForce.filter(concerns).map((control) => described(control, controls)),
      ...fileRules().filter(concerns).slice(0, MOST_FILE_RULES),
    ];
  }
}

async function end(controls: Controls, id: string, dryRun: boolean): Promise<ControlDocument | null> {
  await controls.refresh();
  const control = controls.inForce.find((each) => idOf(each) === id);
  if (control === undefined) return null;
  const before = described(control, controls);
  if (!dryRun) await controls.end(id);
  return { ...before, reach: controls.isShared(id) ? "pool" : "broker" };
}

function subjectOf(
  reader: RequestReader,
  { pool, topics }: Subjects,
): { readonly kind: PauseKind; readonly subject: string } {
  const kind = reader.choice("kind", PAUSE_KINDS);
  if (kind === undefined)
    throw new OperationError(
      "bad_request",
      "bad_parameter",
      `kind: expected ${PAUSE_KINDS.join(", ")}, found nothing`,
      {
        field: "kind",
      },
    );
  const subject = reader.requiredText("subject", LONGEST.subject);
  const known = kind === "pool" ? [pool] : kind === "topic" ? topics : [subject];
  if (!known.includes(subject))
    throw new OperationError(
      "not_found",
      "unknown_subject",
      `subject: expected a ${kind} of this broker (${known.join(", ")}), found "${cut(subject, 64)}"; ask the broker of its pool`,
      { field: "subject" },
    );
  return { kind, subject };
}

function controlOf(
  reader: RequestReader,
  what: Pick<Control, "kind" | "subject" | "args" | "kwargs">,
  actor: string,
  wall: number,
): Control {
  const until = reader.time("until") ?? Number.POSITIVE_INFINITY;
  if (until <= wall)
    throw new OperationError(
      "bad_request",
      "bad_parameter",
      `until: expected a time to come, found ${new Date(until).toISOString()}; it is ${new Date(wall).toISOString()} here`,
      { field: "until" },
    );
  const reason = reader.text("reason", LONGEST.reason) ?? "";
  return { ...what, by: actor.slice(0, LONGEST.by), reason, since: Math.round(wall), until };
}

function conditionsOf(reader: RequestReader, name: "args" | "kwargs"): Conditions {
  try {
    return conditions(reader.any(name) ?? {}, name);
  } catch (error) {
    throw new OperationError("bad_request", "bad_parameter", messageOf(error), { cause: error, field: name });
  }
}

function refuseFileRule(id: string, rules: readonly ControlDocument[], path: string | undefined): void {
  if (!id.startsWith(FILE_PREFIX)) return;
  const rule = rules.find((each) => each.id === id);
  const what = rule === undefined ? "a rule of the runtime configuration" : `the rule for ${rule.subject}`;
  const where =
    path === undefined ? "this broker has none" : `edit ${path}${rule?.line == null ? "" : `, line ${rule.line}`}`;
  throw new OperationError("conflict", "rule_of_file", `${what} belongs to its file; ${where}`, { field: "id" });
}

function noteOf(problem: string | undefined): string {
  const why = problem === undefined ? "it has not answered yet" : problem;
  return `only this broker applies the change: topic ${CONTROL_TOPIC} has not taken it (${why}); it is tried again. Repeat the call at the other brokers, or create the topic with taskwire topics --create`;
}
