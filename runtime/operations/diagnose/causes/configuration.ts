import type { Observed, Pool, Seen } from "../finding.js";
import { counted } from "../words.js";

/** The runtime configuration: a wrong file, and what a right one drops or forwards. */
export function ofConfiguration({ brokers }: Pool): Seen[] {
  return brokers.flatMap(({ broker, status: { runtimeConfig } }) =>
    runtimeConfig === null ? [] : [...wrong(broker, runtimeConfig), ...inForce(broker, runtimeConfig)],
  );
}

type Configuration = NonNullable<Observed["status"]["runtimeConfig"]>;

function wrong(broker: string, { file, current, error, warnings }: Configuration): Seen[] {
  const subject = { kind: "broker", name: broker } as const;
  return [
    ...(current
      ? []
      : [
          {
            code: "configuration_invalid",
            level: "warning",
            broker,
            subject,
            text: `the runtime configuration ${file} is invalid, so the last valid one stays in force: ${error ?? "no reason given"}`,
            hint: "fix the file: it is read again when it changes",
          } as const,
        ]),
    ...(warnings.length === 0
      ? []
      : [
          {
            code: "configuration_doubtful",
            level: "warning",
            broker,
            subject,
            text: `${counted(warnings.length, "entry", "entries")} of the runtime configuration ${file} may not do what was meant`,
            evidence: warnings,
            hint: "check the spelling of these names; they may also belong to another application",
          } as const,
        ]),
  ];
}

/** Named tasks and namespaces, a finding each: an operator asks why one task does not run. */
function inForce(broker: string, configuration: Configuration): Seen[] {
  const { file, droppedTasks, selectors, demotedNamespaces, demotedTo } = configuration;
  return [
    ...droppedTasks.map(
      (task): Seen => ({
        code: "work_dropped",
        level: "warning",
        broker,
        subject: { kind: "task", name: task, namespace: null },
        text: `every activation of ${task} is dropped`,
        evidence: [`the rule is in ${file}`],
        hint: "remove the rule when the task may run again; what was dropped does not come back",
      }),
    ),
    ...(selectors === 0
      ? []
      : [
          {
            code: "work_dropped",
            level: "warning",
            broker,
            subject: { kind: "broker", name: broker },
            text: `${counted(selectors, "rule")} by argument ${selectors === 1 ? "drops" : "drop"} activations`,
            evidence: [`see ${file}`],
            hint: "remove rules that are not needed any more; what was dropped does not come back",
          } as const,
        ]),
    ...demotedNamespaces.map(
      (namespace): Seen => ({
        code: "namespace_demoted",
        level: "warning",
        broker,
        subject: { kind: "namespace", name: namespace },
        text: `namespace ${namespace} is forwarded to topic ${demotedTo?.topic ?? ""} of cluster ${demotedTo?.cluster ?? ""}`,
        evidence: [`the rule is in ${file}`],
        hint: "the pool that reads that topic runs it; remove the rule when the namespace may run here again",
      }),
    ),
  ];
}
