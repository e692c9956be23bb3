import { describe, expect, it } from "vitest";
import { apiRoutes } from "#runtime/web/api/routes.js";
import type { Route } from "#runtime/web/context.js";
import { Live } from "#runtime/web/live/live.js";
import { pageText } from "../../support/pages/pages.js";
import { apiOf, bearer, TOKENS } from "../../support/web/console.js";
import { contextOf } from "../../support/web/page.js";
import { ManualClock } from "../worker/manual-clock.js";

interface Row {
  readonly method: string;
  readonly path: string;
  readonly role: string;
  readonly parameters: readonly string[];
  readonly required: readonly string[];
  readonly answer: string;
}

const page = pageText("docs/reference/http-api.md");
const rows: readonly Row[] = [...page.matchAll(/^\| (GET|POST|DELETE) `([^`]+)` \| (\w+) \|([^|]*)\|(.*)\|$/gm)].map(
  ([, method = "", path = "", role = "", parameters = "", answer = ""]) => ({
    ...{ method, path, role, answer },
    parameters: [...parameters.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    required: [...parameters.matchAll(/\*\*`([^`]+)`\*\*/g)].map(([, name = ""]) => name),
  }),
);
/** Served beside these routes, and tested where they are. */
const OTHERS: readonly Pick<Route, "method" | "path" | "role">[] = [
  { method: "GET", path: "session", role: "view" },
  { method: "POST", path: "session", role: "view" },
  { method: "DELETE", path: "session", role: "view" },
];
const live = new Live(contextOf([]), new ManualClock());
const routes = [...apiRoutes(contextOf([])).routes, live.route];
const keyOf = ({ method, path, role }: Pick<Route, "path" | "role"> & { readonly method: string }) =>
  `${method} ${path} ${role}`;

describe("docs/reference/http-api.md", () => {
  it("has a row for every route with its method and role, and no other", () => {
    const documented = rows.map(({ method, path, role }) => `${method} ${path} ${role}`);
    expect(documented.sort()).toEqual([...routes, ...OTHERS].map(keyOf).sort());
  });

  it("names documents that exist as answers", () => {
    const documents = pageText("runtime/operations/documents/front.ts");
    for (const { method, path, answer } of rows) {
      if (path === "dead-letters/export" || method === "DELETE") continue;
      const [, name = ""] =
        /\b([A-Z]\w+(?:Document|Page|Change|View|Problems|Series|Errors|Controls|Workers|Parameters|Events))/.exec(
          answer,
        ) ?? [];
      expect([path, name, new RegExp(`^export (?:interface|type) ${name}\\b`, "m").test(documents)]).toEqual([
        path,
        name,
        true,
      ]);
    }
  });

  it.each(routes.map((route): [string, Route] => [`${route.method} ${route.path}`, route]))(
    "has the parameters of %s, and no other",
    async (_, route) => {
      const row = rows.find(({ method, path }) => method === route.method && path === route.path);
      const { ask } = apiOf(routes);
      const path = route.path.replaceAll(/:\w+/g, "1");
      const headers = { ...bearer(TOKENS.owner), "content-type": "application/json" };
      // The required ones are read first; the one that no route has is refused with a list of all.
      const given = Object.fromEntries((row?.required ?? []).map((name) => [name, name === "parameters" ? "{}" : "x"]));
      const response =
        route.method === "GET"
          ? await ask(`${path}?${new URLSearchParams({ ...given, zzzzz: "1" })}`, { headers })
          : await ask(path, { method: route.method, headers, body: JSON.stringify({ ...given, zzzzz: 1 }) });
      const { code, message } = JSON.parse(await response.text());
      expect({ code, message }).toMatchObject({ code: "unknown_parameter" });
      const [, known = ""] = /; known: ([^;]*);/.exec(message) ?? [];
      const names = known.split(", ").filter((name) => name !== "");
      expect([...(row?.parameters ?? [])].sort()).toEqual(names.sort());
    },
  );
});
