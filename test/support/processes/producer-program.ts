import { existsSync } from "node:fs";
import { Project } from "./project.js";

/** A program that sends one activation to an embedded log in `data` beside it, and prints the id. */
export const PRODUCER = `
import { connect } from "taskwire";
import * as $ from "taskwire/generated";

const topic = { name: "work", cluster: "local", partitions: 1, deadLetter: "work-dlq", retry: "work" };
const environment = {
  name: "test", clusters: [{ name: "local", kind: "sqlite", file: "log.db" }], topics: [topic],
  routes: [{ namespace: "*", topic: "work" }], pools: [],
};
const echo = $.task({
  key: "misc.echo", name: "misc.echo", namespace: "misc", application: "demo", hash: "", processingDeadline: 30000,
  compression: "zstd", parameters: () => $.record({ text: $.z.string() }), environments: () => ({ test: environment }),
});
(async () => {
  const client = await connect(environment, { dataFolder: "data" });
  console.log("sent", (await echo.delay({ text: "x" }, { id: "one" })).id);
  await client.close();
})();
`;

/** A folder of that program, with the packages of this repository. */
export function producerProject(): Project {
  const project = new Project(true);
  project.write("package.json", JSON.stringify({ name: "producer", type: "module" }));
  project.write("app.mjs", PRODUCER);
  return project;
}

export function hasSent(project: Project): boolean {
  return existsSync(project.path("data/log.db"));
}
