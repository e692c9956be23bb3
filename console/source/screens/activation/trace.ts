import type { ShownValue } from "../../../../runtime/operations/documents/content.js";
import { encoded } from "../../data/routes.ts";

/** The id of a trace that headers name: W3C `traceparent`, or `sentry-trace`. */
function traceIdOf(headers: Readonly<Record<string, ShownValue>>): string | undefined {
  const { traceparent, "sentry-trace": sentry } = headers;
  const w3c = typeof traceparent === "string" ? /^[0-9a-f]{2}-([0-9a-f]{32})-/i.exec(traceparent)?.[1] : undefined;
  return w3c ?? (typeof sentry === "string" ? /^([0-9a-f]{32})-/i.exec(sentry)?.[1] : undefined);
}

/** The address of the trace; undefined: there is none. Only http and https are followed. */
export function traceLink(
  template: string | null,
  headers: Readonly<Record<string, ShownValue>>,
): { readonly href: string; readonly id: string } | undefined {
  const id = traceIdOf(headers);
  if (template === null || id === undefined || !/^https?:\/\//i.test(template)) return undefined;
  return { href: template.replaceAll("{trace_id}", encoded(id)), id };
}
