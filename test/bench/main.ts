import { cpus, loadavg } from "node:os";
import { brokerClaims } from "./broker-claims.js";
import { brokerDelayed } from "./broker-delayed.js";
import { brokerDue } from "./broker-due.js";
import { brokerPull } from "./broker-pull.js";
import { budgetsIn, tableOf } from "./budgets.js";
import { codegenBench } from "./codegen.js";
import { consoleCost } from "./console-cost.js";
import { consoleDrain } from "./console-drain.js";
import { consoleIdle } from "./console-idle.js";
import { consolePage } from "./console-page.js";
import { consoleSoak } from "./console-soak.js";
import { drain } from "./drain.js";
import { enqueue } from "./enqueue.js";
import { growth } from "./growth/growth.js";
import { kafkaEnqueue, kafkaLatency, kafkaStream } from "./kafka.js";
import { latency } from "./latency.js";
import { operationsCancel } from "./operations-cancel.js";
import { operationsDrain } from "./operations-drain.js";
import { operationsHistory } from "./operations-history.js";
import { operationsLetters } from "./operations-letters.js";
import { operationsLog } from "./operations-log.js";
import { operationsReading } from "./operations-reading.js";
import { operationsSignal } from "./operations-signal.js";
import { operationsStatus } from "./operations-status.js";
import { samplingModel, samplingRows, samplingSystem } from "./sampling.js";
import { start } from "./start.js";
import { startCpu } from "./start-cpu.js";
import { workerIdle, workerPaced } from "./worker.js";

const WRITE = "--write";

/** `npm run bench [-- NAME...] [--write]`: progress and a table of budgets on stderr, one JSON on stdout. Figures are of this machine, in this run. `--write`: growth writes its section of docs/reference/performance.md. */
const BENCHES: Readonly<Record<string, () => Promise<object>>> = {
  enqueue,
  "latency-together": () => latency("together"),
  "latency-apart": () => latency("apart"),
  "broker pull 2048": () => brokerPull(2048),
  "broker pull 40000": () => brokerPull(40_000),
  "broker pull one": () => brokerPull(2048, 1, 4000, 1000),
  "broker claims": () => brokerClaims(),
  "broker stream none": () => drain("none"),
  "broker stream process": () => drain("process"),
  "worker 1 KiB none": () => drain("none", 50_000, 1024),
  "worker 1 KiB process": () => drain("process", 50_000, 1024),
  "worker 100 KiB none": () => drain("none", 2000, 102_400),
  "worker 100 KiB process": () => drain("process", 2000, 102_400),
  "worker paced": workerPaced,
  "worker idle": workerIdle,
  start: startCpu,
  "broker start": () => start(),
  "broker delayed": () => brokerDelayed(),
  "broker due": () => brokerDue(),
  "kafka enqueue 1": () => kafkaEnqueue(1),
  "kafka enqueue 8": () => kafkaEnqueue(8),
  "kafka stream 1": () => kafkaStream(1),
  "kafka stream 8": () => kafkaStream(8),
  "kafka latency": kafkaLatency,
  "operations history": operationsHistory,
  "operations letters": operationsLetters,
  "operations status": operationsStatus,
  "operations drain": operationsDrain,
  "operations signal": operationsSignal,
  "operations cancel": operationsCancel,
  "operations log": operationsLog,
  "operations reading": operationsReading,
  "console cost": consoleCost,
  "console drain": consoleDrain,
  "console soak": consoleSoak,
  "console page": consolePage,
  "console idle": consoleIdle,
  codegen: codegenBench,
  "growth backlog": () => growth("backlog", process.argv.includes(WRITE)),
  "growth tasks": () => growth("tasks", process.argv.includes(WRITE)),
  "growth partitions": () => growth("partitions", process.argv.includes(WRITE)),
  "growth workers": () => growth("workers", process.argv.includes(WRITE)),
  "growth payload": () => growth("payload", process.argv.includes(WRITE)),
  "sampling model": samplingModel,
  "sampling system": samplingSystem,
  "sampling rows": samplingRows,
};

const wanted = process.argv.slice(2).filter((name) => name !== WRITE);
const unknown = wanted.filter((name) => !Object.keys(BENCHES).some((known) => known.startsWith(name)));
if (unknown.length > 0) {
  process.stderr.write(
    `bench: unknown ${unknown.join(", ")}; expected ${Object.keys(BENCHES).join(", ")} or the beginning of one\n`,
  );
  process.exit(2);
}
/** Before the first one: other work on the machine makes figures worse, stalls above all. */
const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
const results: Record<string, object> = {};
for (const [name, run] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.some((beginning) => name.startsWith(beginning))) continue;
  process.stderr.write(`bench: ${name} ...\n`);
  results[name] = await run();
  process.stderr.write(`bench: ${name} ${JSON.stringify(results[name])}\n`);
}
const budgets = budgetsIn(results);
if (budgets.length > 0) process.stderr.write(`\n${tableOf(budgets)}\n`);
const machine = { node: process.version, processors: cpus().length, model: cpus()[0]?.model, load };
process.stdout.write(`${JSON.stringify({ machine, results }, undefined, 2)}\n`);
