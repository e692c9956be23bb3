// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
import { expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import { resolveCluster, resolveClusters, resolvePush } from "#runtime/model/variables.js";

const kafka = { name: "k", kind: "kafka", brokers: ["${B}", "${H:-h}:${P:-1}"], tls: false } as const;
const sqlite = { name: "s", kind: "sqlite", file: "${FILE:-log.db}" } as const;
const push = [{ application: "python", addresses: ["${W}", "${H:-h}:2", "h:2"] }];

it("a variable may list several addresses; an empty one counts as missing", () => {
  const [resolved] = resolveClusters([kafka], { B: "a:1, [::1]:2", H: "" });
  expect(resolved?.brokers).toEqual(["a:1", "[::1]:2", "h:1"]);
  expect(resolvePush(push, [], { W: "w:1,h:2" })).toEqual([{ application: "python", addresses: ["w:1", "h:2"] }]);
});

it("the file of an embedded log may hold a variable", () => {
  expect(resolveCluster(sqlite, {})).toEqual({ ...sqlite, file: "log.db" });
  expect(resolveCluster(sqlite, { FILE: "other.db" })).toEqual({ ...sqlite, file: "other.db" });
});

it("every variable that a broker misses is named at once, with where it is needed", () => {
  const file = { ...sqlite, file: "${FILE}" } as const;
  expect(() => resolvePush(push, [kafka, file], {}, "saas")).toThrow(
    `environment "saas" needs variables that are not set:
  B (cluster "k", brokers)
  FILE (cluster "s", sqlite)
  W (push of application "python")
set them for this process`,
  );
});

it("what is no address is named with the variable that it came from", () => {
  expect(() => resolvePush(push, [], { W: "w:1,nowhere" })).toThrow(
    'push of application "python": expected HOST:PORT, got "nowhere" from ${W}; separate several by commas',
  );
  expect(() => resolveCluster(kafka, { B: "b:0" })).toThrow(
    'brokers of cluster "k": expected HOST:PORT, got "b:0" from ${B}',
  );
});

it("a file outside of the data folder is refused also when a variable names it", async () => {
  process.env.TASKWIRE_TEST_FILE = "../log.db";
  try {
    await expect(openLog({ ...sqlite, file: "${TASKWIRE_TEST_FILE}" }, "/nowhere")).rejects.toThrow(
      "expected a file inside the data folder",
    );
  } finally {
    delete process.env.TASKWIRE_TEST_FILE;
  }
});
