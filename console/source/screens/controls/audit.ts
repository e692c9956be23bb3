import type { AuditLine } from "../../../../runtime/operations/documents/audit.js";
import type { Of } from "../../../../runtime/operations/documents/front.js";

/** One act of a person: what was asked, and what it did. */
export interface AuditEntry {
  readonly key: string;
  readonly time: string;
  readonly broker: string;
  readonly actor: string;
  readonly verb: string;
  readonly reason: string;
  readonly address: string;
  /** Filter, ids and switches. */
  readonly asked: readonly (readonly [string, string])[];
  /** undefined: no result is known; the broker was killed, or is at work, or the line is on another page. */
  readonly result: { readonly refused: boolean; readonly text: string } | undefined;
}

/** The lines of a page, newest first, with each result at the act it belongs to. */
export function entriesOf(lines: readonly Of<AuditLine>[]): readonly AuditEntry[] {
  const results = new Map<string, Of<AuditLine>>();
  for (const line of lines) if (line.kind === "result") results.set(keyOf(line), line);
  const intents = new Set(lines.flatMap((line) => (line.kind === "intent" ? [keyOf(line)] : [])));
  return lines.flatMap((line): AuditEntry[] => {
    if (line.kind === "result" && intents.has(keyOf(line))) return [];
    const found = line.kind === "intent" ? results.get(keyOf(line)) : line;
    const { time, broker, actor, verb } = line;
    const intent = line.kind === "intent" ? line : undefined;
    return [
      {
        key: `${keyOf(line)} ${line.kind}`,
        time,
        broker,
        actor,
        verb: line.kind === "job" ? `${verb}: job ${line.state}` : verb,
        reason: intent?.reason ?? "",
        address: intent?.address ?? "",
        asked: Object.entries(intent?.request ?? {})
          .filter(([, value]) => value !== false && value !== null)
          .map(([name, value]) => [name, shown(value)] as const),
        result: found === undefined ? undefined : resultOf(found),
      },
    ];
  });
}

function keyOf(line: Of<AuditLine>): string {
  return `${line.broker} ${line.kind === "job" ? `job ${line.job} ${line.time}` : line.call}`;
}

function resultOf(line: AuditLine): AuditEntry["result"] {
  if (line.kind === "intent") return undefined;
  if (line.kind === "result" && line.refused !== undefined) {
    return { refused: true, text: `Refused: ${line.refused.message}` };
  }
  const text = flat(line.counts)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
  return { refused: false, text: text === "" ? "Done" : text };
}

function flat(counts: Readonly<Record<string, unknown>>, path = ""): (readonly [string, string])[] {
  return Object.entries(counts).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? flat(Object.fromEntries(Object.entries(value)), name === "counts" ? path : `${path}${name} `)
      : [[path + name, shown(value)] as const],
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
