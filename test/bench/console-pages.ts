import { setTimeout as wait } from "node:timers/promises";
import type { Running } from "../support/processes/command.js";
import { until } from "../support/waiting.js";
import { EventStream } from "../support/web/event-stream.js";

const TOKEN = "b".repeat(43);
/** For the process that serves the console. */
export const TOKENS = JSON.stringify([{ name: "bench", role: "view", token: TOKEN }]);

/** How often the page of activations lists, milliseconds. */
const LIST_MS = 2000;

/** Open pages of a console. */
interface OpenPages {
  /** Bytes of events so far, and pages of activations listed. */
  look(): { readonly bytes: number; readonly lists: number };
  close(): Promise<void>;
}

/** Opens consoles that follow the stream, and one that lists activations again and again. `process` serves the console. */
export async function openPages(process: Running, count: number): Promise<OpenPages> {
  const url = await until(() => /"url":"(http:[^"]+)","message":"the console is served"/.exec(process.said())?.[1]);
  const streams = await Promise.all(Array.from({ length: count }, () => EventStream.open(url, TOKEN)));
  for (const stream of streams) await stream.until(() => stream.statuses.size > 0);
  const closing = new AbortController();
  let lists = 0;
  const listing = (async () => {
    while (!closing.signal.aborted) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const answer = await fetch(`${url}api/v1/activations?limit=100`, { headers });
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
      lists += 1;
      await wait(LIST_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  })();
  return {
    look: () => ({ bytes: streams.reduce((sum, { bytes }) => sum + bytes, 0), lists }),
    close: async () => {
      closing.abort();
      for (const stream of streams) stream.close();
      await listing;
    },
  };
}
