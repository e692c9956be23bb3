/** The files of the night's project, as a user would write them. */
export const PACKAGE = JSON.stringify({
  name: "night",
  private: true,
  type: "module",
  taskwire: { schema: "schema", out: "generated", handlers: "dist/src/handlers.js" },
});

export const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
    rootDir: ".",
    outDir: "dist",
    strict: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
  },
  include: ["src", "generated"],
});

/** The environments follow. */
export const SCHEMA = `taskwire: 1
application: night
types:
  Fault: { values: [none, address, amount, gateway, declined] }
namespaces:
  orders:
    tasks:
      book:
        parameters: { customer: int, fault: Fault, card: { type: string, sensitive: true } }
        retry: once
      remind: { parameters: { customer: int } }
  reports:
    tasks:
      build: { parameters: { n: int } }
      hang: { parameters: { n: int }, processing_deadline: 1h }
retry_policies:
  once: { times: 1, times_exceeded: deadletter }
`;

export const HANDLERS = `import { appendFileSync, existsSync } from "node:fs";
import { defineHandlers } from "../generated/registry.js";
import type { TaskRun } from "taskwire";

const RUNS = new URL("../../" + process.env.NIGHT_WORKER + "-" + process.pid + ".runs", import.meta.url);
const FIXED = new URL("../../fixed", import.meta.url);

class PaymentDeclined extends Error {}

function note({ id, name }: TaskRun, how: string): void {
  appendFileSync(RUNS, id + " " + name + " " + process.env.NIGHT_WORKER + " " + how + "\\n");
}

function fail(fault: "address" | "amount" | "gateway" | "declined", customer: number): never {
  switch (fault) {
    case "address":
      throw new TypeError("customer " + customer + " has no address");
    case "amount":
      throw new RangeError("amount " + -customer + " is below zero");
    case "gateway":
      throw new Error("no answer from the gateway after " + (3000 + customer) + " ms");
    case "declined":
      throw new PaymentDeclined("the bank declined payment " + customer);
  }
}

export default defineHandlers({
  orders: {
    book: ({ customer, fault }, run) => {
      if (fault !== "none" && !existsSync(FIXED)) {
        note(run, "failed");
        fail(fault, customer);
      }
      note(run, "completed");
    },
    remind: (_, run) => note(run, "completed"),
  },
  reports: {
    build: (_, run) => note(run, "completed"),
    hang: (_, run) =>
      new Promise((_resolve, reject) => {
        note(run, "started");
        run.signal.addEventListener("abort", () => {
          note(run, String(run.signal.reason?.code));
          reject(run.signal.reason);
        });
      }),
  },
});
`;

/** Its arguments are pairs of what and how many, its output the ids. */
export const PRODUCE = `import { orders, reports } from "../generated/index.js";

const CHUNK = 5000;
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
type Fault = "none" | "address" | "amount" | "gateway" | "declined";
const book = (fault: Fault) => (customer: number) => ({ customer, fault, card: "4111-1111-1111-" + (1000 + (customer % 9000)) });

const [, , ...pairs] = process.argv;
for (let at = 0; at < pairs.length; at += 2) {
  const count = Number(pairs[at + 1]);
  for (let from = 0; from < count; from += CHUNK) {
    const chunk = numbers(from, Math.min(count, from + CHUNK));
    const sent = await send(pairs[at] ?? "", chunk);
    process.stdout.write(sent.map((id) => id + "\\n").join(""));
  }
}

async function send(what: string, chunk: number[]): Promise<readonly string[]> {
  switch (what) {
    case "remind":
      return orders.remind.delayMany(chunk.map((customer) => ({ customer })), { countdown: "6h" });
    case "build":
      return reports.build.delayMany(chunk.map((n) => ({ n })));
    case "hang":
      return reports.hang.delayMany(chunk.map((n) => ({ n })));
    case "none":
    case "address":
    case "amount":
    case "gateway":
    case "declined":
      return orders.book.delayMany(chunk.map(book(what)));
    default:
      throw new Error("unknown: " + what);
  }
}
`;
