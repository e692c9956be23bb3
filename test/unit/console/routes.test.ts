import { describe, expect, test } from "vitest";
import { pathOf, routeOf } from "../../../console/source/data/routes.js";
import { searchSuggestions, targetOf } from "../../../console/source/shell/search.js";

describe("addresses of the console", () => {
  test.each(["/", "/ops/", "/a/b/"])("every screen is found again under its own address below %s", (base) => {
    const routes = [
      { screen: "overview", params: {} },
      { screen: "activations", params: {} },
      { screen: "activation", params: { id: "a/b?c#d%2F é\u202e" } },
      { screen: "task", params: { name: "issues.deliver" } },
      { screen: "letter", params: { topic: "events-dlq", partition: "0", offset: "12" } },
      { screen: "controls", params: {} },
    ] as const;
    for (const { screen, params } of routes)
      expect(routeOf(base, pathOf(base, screen, params))).toEqual({ screen, params });
  });

  test("a path that no screen has, and one that is no percent-encoding, are no screen", () => {
    expect(routeOf("/ops/", "/ops/nowhere")).toBeUndefined();
    expect(routeOf("/ops/", "/ops/activations/a/b")).toBeUndefined();
    expect(routeOf("/ops/", "/ops/activations/%E0%A4%A")).toBeUndefined();
  });

  test("a trailing slash changes nothing, and parts named like keys of objects are text", () => {
    expect(routeOf("/ops/", "/ops/workers/")?.screen).toBe("workers");
    expect(routeOf("/", "/tasks/__proto__")).toEqual({ screen: "task", params: { name: "__proto__" } });
    expect(routeOf("/", "/constructor")).toBeUndefined();
  });

  test("search values are encoded, and empty ones are left out", () => {
    expect(pathOf("/", "activations", {}, { q: 'error:"a b"&c', cursor: "", page: undefined, limit: 5 })).toBe(
      "/activations?q=error%3A%22a+b%22%26c&limit=5",
    );
  });
});

describe("the search box of the console", () => {
  test.each([
    [
      "0192ab4c-7d21-7e3a-9c11-000000000001",
      { screen: "activation", params: { id: "0192ab4c-7d21-7e3a-9c11-000000000001" } },
    ],
    ["events-dlq/0/12", { screen: "letter", params: { topic: "events-dlq", partition: "0", offset: "12" } }],
    ["state:pending age>10m", { screen: "activations", search: { q: "state:pending age>10m" } }],
    ["args.group_id=5", { screen: "activations", search: { q: "args.group_id=5" } }],
    [" deliver ", { screen: "tasks", search: { find: "deliver" } }],
  ])("%s leads to its screen", (text, target) => {
    expect(targetOf(text)).toEqual(target);
  });

  test("a filter leads to the list at hand, or to the one that has its keys", () => {
    expect(targetOf("reason:error", "letters")).toEqual({ screen: "letters", search: { q: "reason:error" } });
    expect(targetOf("state:delayed", "letters")).toEqual({ screen: "activations", search: { q: "state:delayed" } });
    expect(targetOf("end:expired")).toEqual({ screen: "activations", search: { q: "end:expired", tab: "ended" } });
    expect(targetOf("fp:9c1f", "ends")).toEqual({ screen: "activations", search: { q: "fp:9c1f", tab: "ended" } });
    expect(targetOf("nonsense:1", "letters")).toEqual({ screen: "letters", search: { q: "nonsense:1" } });
  });

  test("a word in the search box suggests tasks and keys, a term its values", () => {
    const known = { task: ["issues.deliver", "events.save"], worker: ["w-7"] };
    const texts = (text: string) => searchSuggestions(text, text.length, "activations", known).map((each) => each.text);
    expect(texts("sav")).toEqual(["events.save"]);
    expect(texts("wor")).toEqual(["worker:"]);
    expect(texts("worker:")).toEqual(["worker:w-7"]);
    expect(texts("worker:w-7 task:sav")).toEqual(["task:events.save"]);
    expect(searchSuggestions("sav", 3, "activations", known)[0]?.task).toBe("events.save");
  });

  test("nothing typed leads nowhere", () => {
    expect(targetOf("  ")).toBeUndefined();
  });
});
