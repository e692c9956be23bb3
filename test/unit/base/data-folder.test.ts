import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataFolder, dataPath } from "#runtime/base/files/data-folder.js";
import { Project } from "../../support/processes/project.js";

/** A workspace with packages `apps/web` and `apps/worker`, and with `other/tool`, which is no part of it. */
function workspace(files: Readonly<Record<string, string>>): Project {
  const project = new Project();
  for (const [name, text] of Object.entries(files)) project.write(name, text);
  for (const name of ["apps/web", "apps/worker", "other/tool"]) project.write(`${name}/package.json`, "{}");
  mkdirSync(project.path("apps/web/src"));
  return project;
}

describe("the data folder of a package in a workspace", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["npm's workspaces", { "package.json": '{"workspaces":["apps/*"]}' }],
    ["yarn's workspaces.packages", { "package.json": '{"workspaces":{"packages":["./apps/**"]}}' }],
    ["each package by its name", { "package.json": '{"workspaces":["apps/web/","apps/worker"]}' }],
    ["braces", { "package.json": '{"workspaces":["{apps,libs}/*"]}' }],
    ["an exception", { "package.json": '{"workspaces":["**/*","!other/*"]}' }],
    ["pnpm", { "package.json": "{}", "pnpm-workspace.yaml": "packages:\n  # all\n  - \"apps/*\"\n  - '!other/**'\n" }],
    [
      "pnpm, with CRLF and bare items",
      { "pnpm-workspace.yaml": "packages:\r\n- apps/*\r\ncatalog:\r\n  a: other/*\r\n" },
    ],
  ])("is the workspace's: %s", (_, files) => {
    using project = workspace(files);
    for (const name of ["apps/web", "apps/web/src", "apps/worker"])
      expect(dataPath(undefined, {}, project.path(name)), name).toBe(project.path(".taskwire"));
    expect(dataPath(undefined, {}, project.path("other/tool"))).toBe(project.path("other/tool/.taskwire"));
  });

  it("is refused when the package has one of its own already, and both are named", () => {
    using project = workspace({ "package.json": '{"workspaces":["apps/*"]}' });
    mkdirSync(project.path("apps/web/.taskwire"));
    const message = `the packages of the workspace share ${project.path(".taskwire")}, but ${project.path("apps/web/.taskwire")} exists, too`;
    expect(() => dataPath(undefined, {}, project.path("apps/web"))).toThrow(message);
    expect(dataPath(undefined, { TASKWIRE_DATA: "/chosen" }, project.path("apps/web"))).toBe("/chosen");
  });

  it("is the package's own where nothing makes it part of a workspace", () => {
    using project = workspace({ "package.json": '{"name":"outer"}' });
    expect(dataPath(undefined, {}, project.path("apps/web"))).toBe(project.path("apps/web/.taskwire"));
  });
});

it("a data folder that cannot be created says what it is needed for and how to name another", () => {
  using project = new Project();
  project.write("file", "");
  const path = join(project.path("file"), "data");
  expect(() => dataFolder(path, {}, project.folder, "the broker's in-flight file")).toThrow(
    new RegExp(
      `cannot create the data folder ${path}: .*; it is needed for the broker's in-flight file; pass a writable folder`,
    ),
  );
});
