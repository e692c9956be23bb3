import { Opened } from "../opened.js";
import { Program } from "../program.js";
import { TALLY_VARIABLE } from "../programs/tally.js";
import type { Server } from "../servers/server.js";
import type { Crew, Mode, Stage } from "./contender.js";

/** How many worker processes share the work in the mode `processes`. */
export const PEER_PROCESSES = 2;

/** The stage of a library with an adapter: its server, a producer process, worker processes. */
export function openPeer(adapter: string, serverName: string, start: () => Promise<Server>): Promise<Stage> {
  return Opened.whole(async (opened) => {
    const server = opened.add(await start());
    const module = new URL(`../../../../../test/bench/peers/adapters/${adapter}.mjs`, import.meta.url).href;
    const producer = opened.add(await Program.start(module, "produce", server.address));
    const crew = async (mode: Mode, folder: string): Promise<Crew> => {
      const workers = await startWorkers(module, server.address, mode, folder);
      return {
        processes: { [serverName]: server.pid, ...workers.processes },
        settled: async () => (await producer.ask({ ask: "settled" })).settled,
        [Symbol.asyncDispose]: () => workers.opened[Symbol.asyncDispose](),
      };
    };
    return { producer, work: crew, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
  });
}

function startWorkers(module: string, address: string, mode: Mode, folder: string) {
  return Opened.whole(async (opened) => {
    const role = mode === "sandboxed" ? "sandboxed" : "work";
    const count = mode === "processes" ? PEER_PROCESSES : 1;
    const processes: Record<string, number> = {};
    for (let at = 1; at <= count; at += 1) {
      const worker = opened.add(await Program.start(module, role, address, { [TALLY_VARIABLE]: folder }));
      processes[count === 1 ? "worker" : `worker ${at}`] = worker.pid;
    }
    return { opened, processes };
  });
}
