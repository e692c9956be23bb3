import { dispatchHooks } from "../activation/context/hooks.js";
import { hasTrace, inherited, sentryTraceOf } from "../activation/context/trace-headers.js";
import { type Tracing, tracing } from "../activation/context/tracing.js";
import { currentTask } from "../activation/run.js";
import type { TaskFacts } from "../activation/task.js";
import { checkHeaders, headersFit } from "./options.js";

type Headers = ReadonlyMap<string, string>;

/**
 * The caller's headers and what hooks add to them. Throws what a hook throws, and OptionError for what a hook may not add.
 */
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
 * The headers with the trace of the active context, or else of the run that this is called from; as they are when they
 * have a trace. A trace that does not fit any more is left out.
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

/** Of the run's trace, what the propagator does not write itself. */
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
