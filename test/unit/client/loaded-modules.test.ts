import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "taskwire-modules-"));

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every file that V8 compiled, of either module kind: the coverage report lists them all. */
function filesLoadedBy(entry: string): string[] {
  const reports = join(folder, entry.replaceAll("/", "-"));
  execFileSync(process.execPath, ["--input-type=module", "--eval", `await import(${JSON.stringify(entry)})`], {
    env: { ...process.env, NODE_V8_COVERAGE: reports, NODE_OPTIONS: "" },
  });
  return readdirSync(reports).flatMap((report) => {
    const { result } = JSON.parse(readFileSync(join(reports, report), "utf8"));
    return result.map(({ url }: { readonly url: string }) => url);
  });
}

/** `taskwire` alone needs none of the three; a producer always loads them with its generated code. */
it.each([
  ["taskwire", []],
  ["taskwire/generated", ["@bufbuild/protobuf", "@msgpack/msgpack", "zod"]],
])("%s loads no package but %j", (entry, expected) => {
  const files = filesLoadedBy(entry);
  const packages = files.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
  const found = new Set(packages.filter((name) => name !== undefined));
  expect([...found].sort()).toEqual(expected);
  const rooms = new Set(files.map((url) => /\/runtime\/dist\/([a-z]+)\//.exec(url)?.[1]));
  for (const room of ["broker", "worker", "cli", "sampling"]) expect(rooms.has(room), room).toBe(false);
  expect(rooms.has("client")).toBe(true);
});

const SENDS = `
  const $ = await import("taskwire/generated");
  const topic = { name: "work", cluster: "memory", partitions: 1, deadLetter: "work-dlq", retry: "work" };
  const environment = {
    name: "test", clusters: [{ name: "memory", kind: "memory" }], topics: [topic],
    routes: [{ namespace: "*", topic: "work" }], pools: [],
  };
  const { connect } = await import("taskwire");
  const client = await connect(environment);
  const task = $.task({
    key: "a.b", name: "a.b", namespace: "a", application: "a", hash: "", processingDeadline: 30000,
    parameters: () => $.record({}), environments: () => ({}),
  });
  process.stdout.write((await task.delay({}, { headers: { traceparent: "given" }, id: "sent" })).id);
  process.stdout.write((await task.delay({}, { id: "again" })).id);
  await client.close();
`;

/** As if the optional peer were not installed. */
const REFUSES = `data:text/javascript,${encodeURIComponent(`
  import { register } from "node:module";
  register("data:text/javascript," + encodeURIComponent(\`
    export async function resolve(specifier, context, next) {
      if (specifier.startsWith("@opentelemetry/"))
        throw Object.assign(new Error("no such package"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(specifier, context);
    }
  \`));
`)}`;

it("sends without @opentelemetry/api, when that is not installed", () => {
  const sent = execFileSync(process.execPath, ["--import", REFUSES, "--input-type=module", "--eval", SENDS], {
    encoding: "utf8",
  });
  expect(sent).toBe("sentagain");
});
