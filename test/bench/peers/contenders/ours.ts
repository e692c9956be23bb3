import { fileURLToPath } from "node:url";
import { ProcessHarness } from "../../../support/harness/process-harness.js";
import type { Running } from "../../../support/processes/command.js";
import { Opened } from "../opened.js";
import { Program } from "../program.js";
import { topology } from "../programs/our-tasks.js";
import { TALLY_VARIABLE } from "../programs/tally.js";
import type { Contender, Crew, Mode } from "./contender.js";

const HANDLERS = fileURLToPath(new URL("../programs/our-handlers.js", import.meta.url));
const ADAPTER = new URL("../programs/our-adapter.js", import.meta.url).href;
const CONCURRENCY = "64";
const CHILDREN = "1";

export function ours(version: string): Contender {
  return {
    name: "Taskwire",
    version: `${version}, embedded log`,
    durability: "on disk (fsync)",
    setting: `delayMany of all; --concurrency ${CONCURRENCY}; in one process --isolation none, else ${CHILDREN} child process; broker and worker are processes of their own except in "together" (taskwire dev)`,
    phases: [
      { mode: "one", drains: { as: ["one"] } },
      { mode: "together", latency: ["together"] },
      { mode: "processes", drains: { as: ["processes", "sandboxed"] }, latency: ["apart"] },
    ],
    open: () =>
      Opened.whole(async (opened) => {
        const variables: NodeJS.ProcessEnv = {};
        const harness = opened.add(new ProcessHarness(topology, HANDLERS, variables));
        const producer = opened.add(await Program.start(ADAPTER, "produce", harness.data));
        return {
          producer,
          work: (mode, folder) => {
            variables[TALLY_VARIABLE] = folder;
            return crewOf(harness, mode);
          },
          [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
        };
      }),
  };
}

async function crewOf(harness: ProcessHarness, mode: Mode): Promise<Crew> {
  const processes = await started(harness, mode);
  return {
    processes: Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid])),
    settled: async (count) => (await harness.status()).ended.completed === count,
    async [Symbol.asyncDispose]() {
      for (const running of Object.values(processes).reverse()) await running.stop();
    },
  };
}

async function started(harness: ProcessHarness, mode: Mode): Promise<Record<string, Running>> {
  if (mode === "together") {
    return { "broker and worker": await harness.dev("--isolation", "none", "--concurrency", CONCURRENCY) };
  }
  const isolation = mode === "one" ? ["--isolation", "none"] : ["--isolation", "process", "--children", CHILDREN];
  const broker = await harness.broker();
  return { broker, worker: await harness.worker(...isolation, "--concurrency", CONCURRENCY) };
}
