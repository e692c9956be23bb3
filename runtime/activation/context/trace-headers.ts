/** Headers that carry a trace: W3C trace context and baggage, and Sentry's own format. */
const TRACE_HEADERS = ["traceparent", "tracestate", "baggage", "sentry-trace"] as const;

const SENTRY_TRACE = /^([0-9a-f]{32})-([0-9a-f]{16})(?:-([01]))?$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** A `sentry-trace` header as W3C `traceparent`; undecided sampling counts as sampled. */
export function traceparentOf(sentryTrace: string | undefined): string | undefined {
  const [found, trace, span, sampled] = SENTRY_TRACE.exec(sentryTrace ?? "") ?? [];
  return found === undefined ? undefined : `00-${trace}-${span}-${sampled === "0" ? "00" : "01"}`;
}

/** A `traceparent` header as `sentry-trace`. */
export function sentryTraceOf(traceparent: string | undefined): string | undefined {
  const [found, trace, span, flags = ""] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  return found === undefined ? undefined : `${trace}-${span}-${Number.parseInt(flags, 16) & 1}`;
}

/** The trace headers that a run's own `.delay()` calls inherit. */
export function inherited(headers: ReadonlyMap<string, string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of TRACE_HEADERS) {
    const value = headers.get(name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

export function hasTrace(headers: ReadonlyMap<string, string>): boolean {
  return TRACE_HEADERS.some((name) => headers.has(name));
}
