import { test } from "vitest";
import { Night } from "../support/night/night.js";
import { NightProject } from "../support/night/project.js";
import { spendNight } from "../support/night/scenario.js";

const ENVIRONMENTS = `environments:
  local:
    clusters: { local: { sqlite: log.db } }
    topics: { work: { cluster: local } }
    routes: { "*": work }
`;

test("a night of an operator on the embedded log: each of 100,000 activations has one account", async () => {
  using project = await NightProject.make(ENVIRONMENTS);
  const folder = project.path("data");
  await using night = await Night.begin({ project, environment: "local", folders: [folder], variables: {} });
  await spendNight(night, project);
}, 600_000);
