import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { addHooks, currentTask } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HandlerHarness } from "../../support/harness/handler-harness.js";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

/** As the SDK for Node has it. */
class LocalContexts implements ContextManager {
  readonly #store = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#store.getStore() ?? ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#store.run(active, () => run.call(self as ThisParameterType<F>, ...args));
  }
  bind<T>(_: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

let harness: HandlerHarness;
const undo: (() => void)[] = [];

beforeEach(() => {
  harness = new HandlerHarness();
});

afterEach(async () => {
  for (const each of undo.splice(0)) each();
  await harness[Symbol.asyncDispose]();
});

const headersOf = (task: string) =>
  Object.fromEntries(
    harness.handouts.find(({ activation }) => activation.task === `things.${task}`)?.activation.headers ?? [],
  );

describe("hooks", () => {
  it("add headers when a task is sent, and run around its handler, the first one outermost", async () => {
    const said: string[] = [];
    const tenant = new AsyncLocalStorage<string>();
    undo.push(
      addHooks({
        dispatch: ({ name, namespace, headers }) => {
          said.push(`send ${namespace} ${name} ${headers.get("mine")}`);
          return { tenant: tenant.getStore() ?? "nobody", mine: "not the hook's" };
        },
        execute: (task, run) => tenant.run(task.headers.get("tenant") ?? "", run),
      }),
      addHooks({
        dispatch: ({ headers }) => ({ second: `after ${headers.get("tenant")}` }),
        execute: async (task, run) => {
          said.push(`begin ${task.name} as ${tenant.getStore()}`);
          await run();
          said.push(`end ${task.name}`);
        },
      }),
    );
    const inner = harness.task("inner", {}, () => void said.push(`inner as ${tenant.getStore()}`));
    const outer = harness.task("outer", {}, () => inner.delay());
    await harness.start();
    await tenant.run("acme", () => outer.delay({}, { headers: { mine: "the caller's" } }));
    await harness.drained(2);
    expect(headersOf("outer")).toEqual({ mine: "the caller's", tenant: "acme", second: "after acme" });
    expect(headersOf("inner")).toMatchObject({ tenant: "acme" });
    const of = (task: string) => said.filter((line) => line.includes(task));
    expect(of("outer")).toEqual([
      "send things things.outer the caller's",
      "begin things.outer as acme",
      "end things.outer",
    ]);
    expect(of("inner")).toEqual([
      "send things things.inner undefined",
      "begin things.inner as acme",
      "inner as acme",
      "end things.inner",
    ]);
  });

  it("make the call fail when they throw or add what is taskwire's own, and nothing is appended", async () => {
    const made = harness.task("refused", {}, () => {});
    await harness.start();
    const away = addHooks({
      dispatch: () => {
        throw new Error("no tenant");
      },
    });
    await expect(made.delay()).rejects.toThrow("no tenant");
    await expect(made.delayMany([{}, {}])).rejects.toThrow("no tenant");
    away();
    undo.push(addHooks({ dispatch: () => ({ "taskwire-root": "forged" }) }));
    await expect(made.delay()).rejects.toMatchObject({
      code: "bad_option",
      message: `things.refused: a dispatch hook's headers: the name "taskwire-root" is taskwire's own`,
    });
    expect((await harness.local.status()).topics).toMatchObject([{ position: 0 }]);
  });

  it("fail the run that they refuse, by its policy", async () => {
    undo.push(
      addHooks({
        execute: () => {
          throw new TypeError("not here");
        },
      }),
    );
    let ran = false;
    const made = harness.task("kept", {}, () => {
      ran = true;
    });
    await harness.start();
    await made.delay();
    await harness.drained(1);
    expect(ran).toBe(false);
    expect((await harness.local.status()).failures).toEqual({ error: 1 });
  });
});

describe("currentTask()", () => {
  it("is the run, however deep in calls and promises, and nothing outside", async () => {
    const seen: unknown[] = [];
    const nested = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(currentTask()?.id);
    };
    const made = harness.task("nested", {}, nested);
    await harness.start();
    const { id } = await made.delay();
    await harness.drained(1);
    expect(seen).toEqual([id]);
    expect(currentTask()).toBeUndefined();
  });
});

describe("a trace without an SDK", () => {
  it("travels in the caller's headers, and the run's own .delay() calls carry it on, unless they name another", async () => {
    const inner = harness.task("inner", {}, () => {});
    const other = harness.task("other", {}, () => {});
    const outer = harness.task("outer", {}, async () => {
      await inner.delay({}, { headers: { own: "1" } });
      await other.delay({}, { headers: { "sentry-trace": "another" } });
    });
    await harness.start();
    const headers = { traceparent: TRACEPARENT, baggage: "a=1", "sentry-trace": `${TRACE}-b7ad6b7169203331-1` };
    await outer.delay({}, { headers: { ...headers, unrelated: "x" } });
    await harness.drained(3);
    expect(headersOf("inner")).toEqual({ ...headers, own: "1" });
    expect(headersOf("other")).toEqual({ "sentry-trace": "another" });
  });
});

describe("a trace by OpenTelemetry", () => {
  const exporter = new InMemorySpanExporter();

  beforeEach(() => {
    context.setGlobalContextManager(new LocalContexts());
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    );
    undo.push(() => {
      for (const api of [context, trace, propagation]) api.disable();
      exporter.reset();
    });
  });

  const spanOf = (name: string) => {
    const span = exporter.getFinishedSpans().find((each) => each.name === name);
    if (span === undefined) throw new Error(`no span ${name}`);
    return span;
  };

  it("goes from the producer through the broker and the run to the run of its own .delay() call", async () => {
    const inner = harness.task("inner", {}, () => {});
    const outer = harness.task("outer", {}, () => inner.delay());
    await harness.start();
    const { id } = await trace.getTracer("test").startActiveSpan("request", async (span) => {
      const active = propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: "acme" } }));
      const sent = await context.with(active, () => outer.delay());
      span.end();
      return sent;
    });
    await harness.drained(2);
    const [request, first, second] = ["request", "process things.outer", "process things.inner"].map(spanOf);
    expect(first?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(second?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
    expect(new Set([request, first, second].map((span) => span?.spanContext().traceId)).size).toBe(1);
    expect(first?.kind).toBe(SpanKind.CONSUMER);
    expect(first?.attributes).toEqual({
      "messaging.system": "taskwire",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": "things",
      "messaging.message.id": id,
      "messaging.message.retry.count": 0,
      "taskwire.task": "things.outer",
    });
    expect(headersOf("inner").baggage).toBe("tenant=acme");
  });

  it("continues what only Sentry's header names, and says the new position in it too", async () => {
    const inner = harness.task("inner", {}, () => {});
    const outer = harness.task("outer", {}, () => inner.delay());
    await harness.start();
    await outer.delay({}, { headers: { "sentry-trace": `${TRACE}-b7ad6b7169203331-1` } });
    await harness.drained(2);
    const span = spanOf("process things.outer");
    expect(span.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: "b7ad6b7169203331" });
    expect(headersOf("inner")).toEqual({
      traceparent: `00-${TRACE}-${span.spanContext().spanId}-01`,
      "sentry-trace": `${TRACE}-${span.spanContext().spanId}-1`,
    });
  });

  it("has the error of each run, and the retry continues in the same trace", async () => {
    const made = harness.task(
      "fails",
      { retry: { times: 2, timesExceeded: "discard", delay: 0, backoff: "fixed", jitter: 0 } },
      () => {
        throw new RangeError("too far");
      },
    );
    await harness.start();
    await trace.getTracer("test").startActiveSpan("request", async (span) => {
      await made.delay();
      span.end();
    });
    await harness.drained(2);
    const runs = exporter.getFinishedSpans().filter(({ name }) => name === "process things.fails");
    expect(runs.map(({ attributes }) => attributes["messaging.message.retry.count"])).toEqual([0, 1]);
    for (const run of runs) {
      expect(run.status).toEqual({ code: SpanStatusCode.ERROR, message: "too far" });
      expect(run.attributes["error.type"]).toBe("RangeError");
      expect(run.events).toMatchObject([{ name: "exception", attributes: { "exception.message": "too far" } }]);
      expect(run.spanContext().traceId).toBe(spanOf("request").spanContext().traceId);
    }
  });

  it("ends the span of a run at its deadline, though its handler continues", async () => {
    const made = harness.task("hangs", { processingDeadline: 1000 }, () => new Promise(() => {}));
    await harness.start();
    await made.delay();
    await harness.drained(1);
    expect(spanOf("process things.hangs")).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: "things.hangs: processing deadline of 1 s passed" },
    });
  });

  it("is left out where it does not fit beside the caller's headers", async () => {
    const made = harness.task("full", {}, () => {});
    await harness.start();
    await trace.getTracer("test").startActiveSpan("request", (span) => {
      span.end();
      return made.delay({}, { headers: { large: "x".repeat(64 * 1024 - 20) } });
    });
    await harness.drained(1);
    expect(Object.keys(headersOf("full"))).toEqual(["large"]);
  });
});
