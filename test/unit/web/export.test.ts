import { describe, expect, it } from "vitest";
import { TaskwireError } from "#runtime/base/errors.js";
import { silentLogger } from "#runtime/base/logger.js";
import { Front } from "#runtime/front/front.js";
import type { Answer, BrokerPort } from "#runtime/front/port.js";
import type { ExportedLetter, LetterExport } from "#runtime/operations/documents/letter.js";
import { apiRoutes } from "#runtime/web/api/routes.js";
import type { Call } from "#runtime/web/context.js";
import { until } from "../../support/waiting.js";
import { contextOf } from "../../support/web/page.js";

const LETTERS = 100;

/** A broker with dead letters without end; `fails`: the page at which it no longer answers. */
class Endless implements BrokerPort {
  readonly address = "b:1";
  pages = 0;
  readonly #fails: number;

  constructor(fails = Number.POSITIVE_INFINITY) {
    this.#fails = fails;
  }

  async ask<T>(): Promise<Answer<T>> {
    this.pages += 1;
    if (this.pages >= this.#fails) throw new TaskwireError("broker_unreachable", "no answer from the broker at b:1");
    const from = this.pages * LETTERS;
    const letters = Array.from({ length: LETTERS }, (_, index) => letter(from + index));
    const document: LetterExport = { letters, cursor: String(this.pages), lookedAt: LETTERS, damaged: [] };
    return { document: JSON.parse(JSON.stringify(document)), activation: new Uint8Array() };
  }

  async status(): Promise<string> {
    throw new Error("one broker speaks for itself");
  }

  as(): BrokerPort {
    return this;
  }

  close(): void {}
}

function letter(offset: number): ExportedLetter {
  const place = `work-dlq/0/${offset}`;
  return {
    letter: {
      ...{ place, state: "open", id: `a${offset}`, root: `a${offset}`, application: "app", namespace: "things" },
      ...{ task: "things.quick", reason: "error", error: "x".repeat(250), fingerprint: "", attempts: 1, lost: 0 },
      ...{ original: `work/0/${offset}`, size: 0, atMostOnce: false, content: "oversized" },
    },
    headers: {},
    bytes: 0,
  };
}

/** The export as somebody asks for it. */
async function exportOf(broker: BrokerPort, signal = new AbortController().signal) {
  const { routes } = apiRoutes(contextOf([]));
  const route = routes.find(({ path }) => path === "dead-letters/export");
  if (route === undefined) throw new Error("there is no export");
  const front = new Front([broker]);
  const call: Call = {
    context: {
      options: {
        ...{ prefix: "/", environment: null, production: false, dataFolder: undefined, refresh: 1000, traceUrl: null },
      },
      front,
      models: () => [],
      sends: () => ({ possible: false, why: "there is no model" }),
      logger: silentLogger,
    },
    session: { id: "1", name: "ann", role: "view", reveal: false, onEnd: () => () => {} },
    ...{ front, path: {}, query: new URLSearchParams(), body: {}, headers: new Headers(), signal },
  };
  const ask = async (): Promise<Response> => {
    const answer = await route.answer(call);
    if (!(answer instanceof Response)) throw new Error("a stream is expected");
    return answer;
  };
  return { ask, response: await ask() };
}

describe("the stream of an export", () => {
  it("asks for the next page only when its reader has taken what came before", async () => {
    const broker = new Endless();
    const { response } = await exportOf(broker);
    const reader = response.body?.getReader();
    let taken = 0;
    for (let chunk = 0; chunk < 20; chunk++) taken += (await reader?.read())?.value?.length ?? 0;
    const pageBytes = LETTERS * JSON.stringify(letter(0)).length;
    // What was read ahead is a chunk and a page, whatever the number of chunks.
    expect(broker.pages * pageBytes).toBeLessThan(taken + 4 * Math.max(pageBytes, 64 * 1024));
    const pages = broker.pages;
    await reader?.cancel();
    expect(broker.pages).toBe(pages);
  });

  it("is over for its person when its reader goes, and not before", async () => {
    const { ask, response } = await exportOf(new Endless());
    await expect(ask()).rejects.toMatchObject({ code: "export_running" });
    await response.body?.cancel();
    const again = await ask();
    await again.body?.cancel();
  });

  it("is over for its person when its caller leaves before the first line is read", async () => {
    const leave = new AbortController();
    const { ask } = await exportOf(new Endless(), leave.signal);
    await expect(ask()).rejects.toMatchObject({ code: "export_running" });
    leave.abort();
    await ask().then(({ body }) => body?.cancel());
  });

  it("ends with a line that says why when the broker no longer answers, and as one that is cut off", async () => {
    const { ask, response } = await exportOf(new Endless(3));
    let text = "";
    const decoder = new TextDecoder();
    const read = async () => {
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    };
    await expect(read()).rejects.toMatchObject({ code: "broker_unreachable" });
    const lines = text.trim().split("\n");
    expect(lines).toHaveLength(2 * LETTERS + 1);
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({
      problem: { code: "broker_unreachable", message: "no answer from the broker at b:1" },
    });
    // The person may start another one, which fails at its first page: then it is an error, not a stream.
    await expect(ask()).rejects.toMatchObject({ code: "broker_unreachable" });
    await expect(ask()).rejects.toMatchObject({ code: "broker_unreachable" });
  });

  it("stops when its caller is no longer signed in", async () => {
    const ended = new AbortController();
    const broker = new Endless();
    const { response } = await exportOf(broker, ended.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    ended.abort();
    await until(async () => {
      const failed = await reader?.read().then(
        () => false,
        () => true,
      );
      return failed === true;
    });
    const { pages } = broker;
    await expect(reader?.read()).rejects.toThrow();
    expect(broker.pages).toBe(pages);
  });
});
