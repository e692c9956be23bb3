import { counted, listed, number, span } from "../../../../runtime/operations/diagnose/words.js";
import type { Status } from "../../../../runtime/operations/status/document.js";

/** What else is to be known of a broker: publishing, damage, clamped and reread records, the audit log. A sentence each. */
export function remarksOf(status: Status): string[] {
  const { publishing, unpublishable, quarantine, clamped, reread, unproven, audit, clockCorrected, startGate } = status;
  return [
    ...publishing.map(
      ({ topic, waiting, failingFor, error }) =>
        `Publishing to ${topic} has failed for ${span(failingFor)}; ${counted(waiting, "record")} wait: ${error}`,
    ),
    ...when(
      unpublishable.count > 0,
      `The log rejects ${counted(unpublishable.count, "retry or dead letter", "retries and dead letters")}: ${listed(unpublishable.named.map(({ id }) => id))}`,
    ),
    ...when(
      startGate !== null,
      `Hand-out waits at most ${span(startGate?.opensIn ?? 0)} for ${listed(startGate?.workers ?? [])}`,
    ),
    ...unproven.map(
      ({ topic, partition, activations, owned }) =>
        `${counted(activations, "at-most-once activation")} of ${topic}/${partition} ${activations === 1 ? "waits" : "wait"} for a stored position${owned ? "" : ", which the owner of the partition has to answer"}`,
    ),
    ...when(
      quarantine.length > 0,
      `${counted(quarantine.length, "damaged in-flight file")} in quarantine: ${listed(quarantine)}`,
    ),
    ...when(
      reread > 0,
      `${counted(reread, "record")} were read again, because the in-flight file lost rows: they may run twice`,
    ),
    ...when(clamped > 0, `${counted(clamped, "activation")} had numbers beyond their bounds, which were clamped`),
    ...when(
      audit.error !== null,
      `The audit log cannot be written; its lines are only in the broker's log: ${audit.error ?? ""}`,
    ),
    ...when(
      clockCorrected !== null,
      `The clock ${clockCorrected?.why === "slept" ? "followed the system after a sleep" : "was set"} by ${number(Math.round((clockCorrected?.by ?? 0) / 1000))} s at ${clockCorrected?.at ?? ""}`,
    ),
  ];
}

function when(condition: boolean, text: string): string[] {
  return condition ? [text] : [];
}
