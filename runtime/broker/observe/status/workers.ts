import type { HashDifference, SessionStatus } from "../../../operations/status/document.js";
import type { Snapshot } from "../../inflight/counts/snapshot.js";
import type { ModelHashes } from "./model-hashes.js";

/** The sessions of workers, with the number of their tasks. */
export function sessionsOf({ sessions }: Snapshot): SessionStatus[] {
  return sessions.map(({ offers, ...session }) => ({
    ...session,
    tasks: new Set(offers.map(({ name }) => name)).size,
  }));
}

/** Tasks that workers, or the model, have different hashes of. */
export function hashDifferences(snapshot: Snapshot, model: ModelHashes | undefined): HashDifference[] {
  const byTask = new Map<string, { application: string; task: string; workers: Map<string, string[]> }>();
  for (const { application, worker, offers, lost } of snapshot.sessions) {
    if (lost) continue;
    for (const { name: task, hash } of offers) {
      const key = `${application}\0${task}`;
      const entry = byTask.get(key) ?? { application, task, workers: new Map<string, string[]>() };
      byTask.set(key, entry);
      const sameHash = entry.workers.get(hash);
      if (sameHash === undefined) entry.workers.set(hash, [worker]);
      else sameHash.push(worker);
    }
  }
  const differences: HashDifference[] = [];
  for (const { application, task, workers } of byTask.values()) {
    const own = application === model?.application ? model.byTask.get(task) : undefined;
    const hashes = [...new Set([...(own === undefined ? [] : [own]), ...workers.keys()])];
    if (hashes.length < 2) continue;
    differences.push({
      application,
      task,
      hashes: hashes.map((hash) => ({ hash, workers: workers.get(hash) ?? [], model: hash === own })),
    });
  }
  return differences;
}
