import { expect, test } from "vitest";
import { NightProject } from "../support/night/project.js";

test("try the project of the night", async () => {
  using p = await NightProject.make("environments:\n  local:\n    clusters: { local: { sqlite: log.db } }\n    topics: { work: { cluster: local } }\n    routes: { '*': work }\n");
  console.time("produce");
  const ids = await p.produce({ TASKWIRE_DATA: p.path("data"), TASKWIRE_ENV: "local" }, "none", "85999", "address", "750", "remind", "10000");
  console.timeEnd("produce");
  expect(ids.length).toBe(96749);
});
