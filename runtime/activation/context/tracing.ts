import type { Attributes, Context, Span, TextMapGetter } from "@opentelemetry/api";
import { ProcessingDeadlineExceeded } from "../errors.js";
import { isReservedHeader } from "../headers.js";
import type { TaskRun } from "../run.js";
import { traceparentOf } from "./trace-headers.js";

type Api = typeof import("@opentelemetry/api");

/** Traces by OpenTelemetry. Its errors never fail a call or a run. */
export interface Tracing {
  /** Headers that the process's propagator writes itself. */
  readonly fields: ReadonlySet<string>;
  /** Nothing is registered with OpenTelemetry at the moment: `run` would do nothing but call its body. */
  readonly isIdle: boolean;
  /** The active context as headers; empty without a propagator. */
  inject(): Map<string, string>;
  /** Runs `body` in a consumer span that continues the trace in the run's headers. */
  run<T>(task: TaskRun, body: () => Promise<T>): Promise<T>;
}

/** Undefined: not loaded yet; null: @opentelemetry/api is not installed. */
let found: Tracing | null | undefined;
let loading: Promise<Tracing | null> | undefined;

/** The tracing of this process; null without @opentelemetry/api. A promise only until loading it was tried once. */
export function tracing(): Tracing | null | Promise<Tracing | null> {
  if (found !== undefined) return found;
  loading ??= load();
  return loading;
}

async function load(): Promise<Tracing | null> {
  try {
    found = tracingBy(await import("@opentelemetry/api"));
  } catch {
    // An optional peer: work goes on when it is not installed or cannot be loaded.
    found = null;
  }
  return found;
}

function tracingBy(api: Api): Tracing {
  const probe = api.ROOT_CONTEXT.setValue(api.createContextKey("taskwire"), true);
  const isProbed = () => api.context.active() === probe;
  return {
    get isIdle() {
      return (
        attempt(() => {
          const provider = api.trace.getTracerProvider();
          if (!(provider instanceof api.ProxyTracerProvider) || provider.getDelegateTracer("taskwire") !== undefined)
            return false;
          // Without a context manager the probe is not active.
          return api.propagation.fields().length === 0 && !api.context.with(probe, isProbed);
        }) === true
      );
    },
    get fields() {
      return attempt(() => new Set(api.propagation.fields())) ?? new Set<string>();
    },
    inject() {
      const headers = new Map<string, string>();
      attempt(() =>
        api.propagation.inject(api.context.active(), headers, {
          // A propagator is foreign code and must not set reserved headers.
          set: (map, name, value) => {
            if (typeof value === "string" && !isReservedHeader(name)) map.set(name, value);
          },
        }),
      );
      return headers;
    },
    run(task, body) {
      const begun = attempt(() => begin(api, task));
      if (begun === undefined) return body();
      const { span, context } = begun;
      return api.context.with(context, () => (span.isRecording() ? recorded(api, span, task, body) : body()));
    },
  };
}

/** The parent comes from the headers, not from the active context: the call that delivered the work may have its own trace. */
function begin(api: Api, task: TaskRun): { readonly span: Span; readonly context: Context } {
  const parent = api.propagation.extract(api.ROOT_CONTEXT, task.headers, getter);
  const span = api.trace
    .getTracer("taskwire")
    .startSpan(`process ${task.name}`, { kind: api.SpanKind.CONSUMER, attributes: attributesOf(task) }, parent);
  return { span, context: api.trace.setSpan(parent, span) };
}

/** Continues a trace that has only `sentry-trace`, too. */
const getter: TextMapGetter<ReadonlyMap<string, string>> = {
  keys: (headers) => [...headers.keys()],
  get: (headers, name) =>
    headers.get(name) ?? (name === "traceparent" ? traceparentOf(headers.get("sentry-trace")) : undefined),
};

function attributesOf({ id, name, namespace, attempt }: TaskRun): Attributes {
  return {
    "messaging.system": "taskwire",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": namespace,
    "messaging.message.id": id,
    "messaging.message.retry.count": attempt - 1,
    "taskwire.task": name,
  };
}

/** Ends the span with the run, at its deadline at the latest: the process may be killed afterwards. */
async function recorded<T>(api: Api, span: Span, { signal }: TaskRun, body: () => Promise<T>): Promise<T> {
  let ended = false;
  const end = (failed: boolean, error?: unknown): void => {
    if (ended) return;
    ended = true;
    attempt(() => {
      if (failed) fail(api, span, error);
      span.end();
    });
  };
  const overdue = (): void => {
    if (signal.reason instanceof ProcessingDeadlineExceeded) end(true, signal.reason);
  };
  signal.addEventListener("abort", overdue, { once: true });
  try {
    const result = await body();
    end(false);
    return result;
  } catch (error) {
    end(true, error);
    throw error;
  } finally {
    signal.removeEventListener("abort", overdue);
  }
}

function fail(api: Api, span: Span, error: unknown): void {
  const shown = error instanceof Error ? error : new Error(String(error));
  span.recordException(shown);
  span.setAttribute("error.type", shown.name);
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: shown.message });
}

/** Ignores what the tracing libraries throw. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
