import { afterEach, beforeEach, expect, it } from "vitest";
import { emit } from "#codegen/codegen.js";
import { lint } from "#codegen/lint/lint.js";
import { pageText } from "../../support/pages/pages.js";
import { Project } from "../../support/processes/project.js";

/** The page's example leaves out where its tasks are run. */
const ENVIRONMENT = `environments:
  cell:
    clusters: { m: { memory: true } }
    topics: { t: { cluster: m } }
    routes: { "*": t }
`;

let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(() => project[Symbol.dispose]());

it("docs/guide/large-schemas.md shows a schema that has no problems and no warnings, and does what the page says", async () => {
  const [, example = ""] = /^```yaml\n([\s\S]*?)^```$/m.exec(pageText("docs/guide/large-schemas.md")) ?? [];
  project.write("schema/shop.yaml", `${example}${ENVIRONMENT}`);
  const options = { schema: "schema", out: "generated", cwd: project.folder };
  const emitted = await emit(options);
  if (emitted.kind === "problems") throw new Error(JSON.stringify(emitted.problems));
  const tasks = new Map(emitted.model.namespaces.flatMap((one) => one.tasks.map((task) => [task.key, task])));
  expect(tasks.get("charge")).toMatchObject({ name: "shop.billing.tasks.charge", processingDeadline: 10_000 });
  expect(tasks.get("charge")?.retry).toBeUndefined();
  expect(tasks.get("send_invoice")?.expires).toBeUndefined();
  expect(tasks.get("move_file")).toMatchObject({ name: "debug-files.move_file", retry: { on: [] } });
  expect(await lint(options)).toMatchObject({ kind: "linted", warnings: [] });
});
