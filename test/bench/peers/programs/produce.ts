import { setTimeout as wait } from "node:timers/promises";
import type { Adapter, Producer } from "./adapter.js";
import { now } from "./clock.js";

const AT_ONCE = 50;

/** What a producer process is asked. */
export type Question =
  | { readonly ask: "atOnce"; readonly milliseconds: number }
  | { readonly ask: "bulk"; readonly count: number }
  | { readonly ask: "paced"; readonly count: number; readonly pauseMs: number }
  | { readonly ask: "settled" };

/** What it answers: how many it sent and how long that took; or whether the server is empty. */
export interface Answer {
  readonly sent: number;
  readonly milliseconds: number;
  readonly settled: boolean;
}

/** Answers questions of its parent process, one after the other; the activations are numbered from 0. */
export async function produce(adapter: Adapter, address: string): Promise<void> {
  const producer = await adapter.connect(address);
  let next = 0;
  const answer = async (question: Question): Promise<Answer> => {
    const from = next;
    const began = performance.now();
    const settled = await act(producer, question, () => next++);
    return { sent: next - from, milliseconds: performance.now() - began, settled };
  };
  process.on("message", (question: Question) => {
    answer(question).then(
      (answered) => process.send?.(answered),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.send?.("ready");
}

async function act(producer: Producer, question: Question, number: () => number): Promise<boolean> {
  switch (question.ask) {
    case "atOnce": {
      const until = performance.now() + question.milliseconds;
      const caller = async () => {
        while (performance.now() < until) await producer.send({ n: number(), sent: 0 });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, caller));
      return false;
    }
    case "bulk":
      await producer.sendMany(Array.from({ length: question.count }, () => ({ n: number(), sent: 0 })));
      return false;
    case "paced":
      for (let index = 0; index < question.count; index += 1) {
        await producer.send({ n: number(), sent: now() });
        await wait(question.pauseMs);
      }
      return false;
    case "settled":
      return producer.settled();
  }
}
