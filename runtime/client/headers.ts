import { dispatchHooks } from "../activation/context/hooks.js";
import { hasTrace, inherited, sentryTraceOf } from "../activation/context/trace-headers.js";
import { type Tracing, tracing } from "../activation/context/tracing.js";
import { currentTask } from "../activation/current-run.js";
import { MOST_HEADER_BYTES } from "../activation/encoding/bounds.js";
import { isReservedHeader } from "../activation/headers.js";
import { isPlain } from "../activation/parameter/kinds.js";
import { LONE_SURROGATE } from "../activation/parameter/lower.js";
import type { TaskFacts } from "../activation/task.js";
import { kindOf, OptionError } from "../base/option-error.js";

type Headers = ReadonlyMap<string, string>;

/** Bytes that the encoding adds to a header, at most. */
const HEADER_FRAME_BYTES = 8;

/** The headers as a map. Throws OptionError, which calls them `where`. */
export function checkHeaders(facts: TaskFacts, where: string, headers: Readonly<Record<string, unknown>>): Headers {
  if (!isPlain(headers))
    throw new OptionError(facts.key, `${where}: expected an object of strings, got ${kindOf(headers)}`);
  const checked = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string")
      throw new OptionError(facts.key, `${where}.${name}: expected string, got ${typeof value}`);
    if (LONE_SURROGATE.test(name) || LONE_SURROGATE.test(value))
      throw new OptionError(facts.key, `${where}.${name}: expected a string, got one with a lone surrogate`);
    if (isReservedHeader(name)) throw new OptionError(facts.key, `${where}: the name "${name}" is taskwire's own`);
    checked.set(name, value);
  }
  const bytes = bytesOf(checked);
  if (bytes > MOST_HEADER_BYTES)
    throw new OptionError(
      facts.key,
      `${where}: expected at most ${MOST_HEADER_BYTES} bytes in all, got ${bytes}; pass large data as a parameter`,
    );
  return checked;
}

/** The caller's headers and those that hooks add. Throws what a hook throws, and OptionError for headers not allowed. */
export function withHooks(facts: TaskFacts, given: Headers): Headers {
  let headers = given;
  for (const dispatch of dispatchHooks()) {
    const added = dispatch({ name: facts.name, namespace: facts.namespace, headers });
    if (added !== undefined)
      headers = checkHeaders(facts, "a dispatch hook's headers", { ...added, ...Object.fromEntries(headers) });
  }
  return headers;
}

/**
 * The headers with the trace of the active context, or else of the current run; unchanged when they have a trace already, or
 * when the trace would make them too large.
 */
export function withTrace(given: Headers): Headers | Promise<Headers> {
  if (hasTrace(given)) return given;
  const found = tracing();
  return found instanceof Promise ? found.then((loaded) => traced(given, loaded)) : traced(given, found);
}

function traced(given: Headers, loaded: Tracing | null): Headers {
  const trace = traceNow(loaded);
  if (trace.size === 0) return given;
  const headers = new Map([...trace, ...given]);
  return headersFit(headers) ? headers : given;
}

/** What the propagator injects, and the headers of the run's trace that it does not write itself. */
function traceNow(loaded: Tracing | null): Map<string, string> {
  const task = currentTask();
  const own = task === undefined ? new Map<string, string>() : inherited(task.headers);
  const injected = loaded?.inject();
  if (loaded === null || injected === undefined || injected.size === 0) return own;
  for (const name of loaded.fields) own.delete(name);
  const sentry = own.has("sentry-trace") ? sentryTraceOf(injected.get("traceparent")) : undefined;
  if (sentry !== undefined) own.set("sentry-trace", sentry);
  return new Map([...own, ...injected]);
}

/** Whether a producer may send this many bytes of headers. */
function headersFit(headers: Headers): boolean {
  return bytesOf(headers) <= MOST_HEADER_BYTES;
}

function bytesOf(headers: Headers): number {
  let bytes = 0;
  for (const [name, value] of headers) bytes += HEADER_FRAME_BYTES + Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
}
