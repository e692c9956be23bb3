import { readFileSync } from "node:fs";
import { installedVersion } from "../installed.js";
import { MissingServerError } from "../servers/server.js";
import { bullmq } from "./bullmq.js";
import type { Contender } from "./contender.js";
import { graphileWorker, pgBoss } from "./on-postgres.js";
import { ours } from "./ours.js";

interface Contenders {
  readonly contenders: readonly Contender[];
  /** One sentence for each that cannot run here. */
  readonly missing: readonly string[];
}

/** Ours first, then the peers whose servers this machine has. */
export function contenders(): Contenders {
  const peers: readonly (readonly [string, () => Contender])[] = [
    ["BullMQ", () => bullmq(installedVersion("bullmq"), false)],
    ["BullMQ, fsync", () => bullmq(installedVersion("bullmq"), true)],
    ["graphile-worker", () => graphileWorker(installedVersion("graphile-worker"))],
    ["pg-boss", () => pgBoss(installedVersion("pg-boss"))],
  ];
  const found: Contender[] = [ours(ownVersion())];
  const missing: string[] = [];
  for (const [name, make] of peers) {
    try {
      found.push(make());
    } catch (error) {
      if (!(error instanceof MissingServerError)) throw error;
      missing.push(`${name}: ${error.message}`);
    }
  }
  return { contenders: found, missing };
}

function ownVersion(): string {
  const file = new URL(import.meta.resolve("taskwire/package.json"));
  const { version }: { readonly version: string } = JSON.parse(readFileSync(file, "utf8"));
  return version;
}
