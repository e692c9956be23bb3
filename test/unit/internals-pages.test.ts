import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { codeRows, PAGES, pageText, repositoryFiles } from "../support/pages/pages.js";

/** The string members of a union type, up to the next blank line. */
const union = (text: string, name: string) =>
  [...(new RegExp(`^export type ${name} =([\\s\\S]*?);$`, "m").exec(text)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(
    ([, member = ""]) => member,
  );

describe("docs/internals/state-machine.md says what the source says", () => {
  const page = pageText("docs/internals/state-machine.md");
  const [states = "", ends = "", events = ""] = page.split(/^## /m).slice(1);
  const names = (section: string) => [...codeRows(section).keys()].sort();
  const declared = pageText("runtime/broker/inflight/events.ts");
  const rows = pageText("runtime/activation/states.ts");

  it("has every state, and draws it", () => {
    const all = union(rows, "State");
    expect(all.length).toBeGreaterThan(5);
    expect(names(states)).toEqual(all.sort());
    const drawing = /```\n([\s\S]*?)```/.exec(states)?.[1] ?? "";
    for (const state of all) expect(drawing).toMatch(new RegExp(`\\| +${state} +\\|`));
  });

  it("has every end", () => {
    expect(names(ends)).toEqual(union(rows, "End").sort());
  });

  it("has every event", () => {
    const body = declared.slice(declared.indexOf("export type Event ="), declared.indexOf("export type Effect ="));
    const kinds = [...body.matchAll(/kind: ("\w+"(?: \| "\w+")*)/g)].flatMap(([, text = ""]) =>
      [...text.matchAll(/\w+/g)].map(([kind]) => kind),
    );
    expect(kinds.length).toBeGreaterThan(20);
    expect(names(events)).toEqual([...new Set([...kinds, "recovered"])].sort());
  });
});

it("docs/internals/guarantees.md names tests that exist", () => {
  const named = [...pageText("docs/internals/guarantees.md").matchAll(/`(test\/[\w/-]+\.test\.ts)`: ([^|]+?) \|/g)];
  expect(named.length).toBeGreaterThan(15);
  for (const [, file = "", title = ""] of named)
    expect([file, pageText(file)]).toEqual([file, expect.stringContaining(title)]);
});

describe("files and folders of the source that docs/internals names", () => {
  const files = repositoryFiles().filter((file) =>
    /^(runtime|codegen|console|examples|test|proto|schema)\//.test(file),
  );
  const known = new Set(files);
  for (const file of files) for (let at = dirname(file); at !== "."; at = dirname(at)) known.add(at);
  const all = [...known].map((path) => `/${path}`);
  const isThere = (name: string) => all.some((path) => path.endsWith(`/${name.replace(/\/$/, "")}`));
  /** Names of files and folders in code spans: `row.ts`, `inflight/`, `runtime/log/port.ts`. */
  const namesIn = (text: string) =>
    [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)]
      .map(([, name = ""]) => name)
      .filter((name) => /\.(ts|yaml|proto)$|\//.test(name));
  const pages = [...PAGES.filter((page) => page.startsWith("docs/internals/")), "docs/guide/sampling.md"];

  it("are found", () => expect(pages.flatMap((page) => namesIn(pageText(page))).length).toBeGreaterThan(30));

  it.each(pages)("exist: %s", (page) =>
    expect(
      namesIn(pageText(page)).filter((name) => !/^(taskwire|quarantine|src\/sentry)\//.test(name) && !isThere(name)),
    ).toEqual([]),
  );
});
