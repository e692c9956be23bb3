import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { KafkaServer, NO_KAFKA } from "../../support/kafka/kafka-server.js";
import { machine } from "../peers/machine.js";
import { withSection } from "../report/section.js";
import { environment } from "../tasks.js";
import { AXES, type Size } from "./axes.js";
import { type Cost, costOf } from "./cost.js";
import { chartOf, type Growth, section } from "./page.js";

const ROUNDS = 3;
const DOCS = resolve(import.meta.dirname, "../../../../docs/reference");
const FOLDER = "performance";

/** What one activation costs as there is more along one axis; `write`: into its section of docs/reference/performance.md. */
export async function growth(axisId: string, write: boolean): Promise<Growth> {
  const about = { date: new Date().toISOString().slice(0, 10), machine: machine(), rounds: ROUNDS };
  const axis = AXES.find(({ id }) => id === axisId);
  if (axis === undefined) throw new Error(`no axis ${axisId}; there are ${AXES.map(({ id }) => id).join(", ")}`);
  const { id, name, places } = axis;
  if (places.some(([, { cluster }]) => cluster === "kafka") && NO_KAFKA !== undefined)
    throw new Error(`growth ${axisId} needs Kafka, and ${NO_KAFKA}`);
  const costs: (readonly [string, Cost[]])[] = places.map(([place]) => [place, []]);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [at, [place, size]] of places.entries()) {
      if (process.stderr.isTTY) process.stderr.write(`bench: growth, round ${round} of ${ROUNDS}: ${place} ${name}\n`);
      costs[at]?.[1].push(await measured(size));
    }
  }
  const found = { ...about, id, name, costs };
  if (write) writePage(found);
  return found;
}

async function measured(size: Size): Promise<Cost> {
  if (size.cluster === "embedded") return await costOf(size, environment);
  await using server = await KafkaServer.start();
  await server.create({ bench: size.partitions, "bench-dlq": 1 });
  const clusters = [{ name: "local", kind: "kafka", brokers: [server.address()], tls: false }] as const;
  const topics = environment.topics.map((topic) => ({ ...topic, partitions: size.partitions }));
  return await costOf(size, { ...environment, clusters, topics });
}

function writePage(found: Growth): void {
  mkdirSync(join(DOCS, FOLDER), { recursive: true });
  const chart = `${FOLDER}/growth-${found.id}.svg`;
  writeFileSync(join(DOCS, chart), chartOf(found));
  const page = join(DOCS, "performance.md");
  writeFileSync(page, withSection(readFileSync(page, "utf8"), `growth ${found.id}`, section(found, chart)));
}
