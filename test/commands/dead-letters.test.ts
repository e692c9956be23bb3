import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode } from "@msgpack/msgpack";
import type { FieldModel, Model } from "taskwire/model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { LocalBroker } from "../support/harness/local-broker.js";
import { letterRecord } from "../support/letters.js";
import { operate } from "../support/processes/operate.js";
import { activationBytes } from "../support/records.js";

const local = new LocalBroker();
const folder = mkdtempSync(join(tmpdir(), "taskwire-letters-"));
const model = join(folder, "taskwire.json");
let address = "";

const field = (name: string, change: Partial<FieldModel> = {}): FieldModel => ({
  ...{ name, type: { kind: "int" }, optional: false, nullable: false },
  ...change,
});
const MODEL: Model = {
  ...{ taskwire: 1, application: "test", hash: "00", types: [], environments: [] },
  namespaces: [
    {
      name: "things",
      tasks: [
        {
          ...{ key: "quick", name: "things.quick", hash: "1", processingDeadline: 30_000, atMostOnce: false },
          compression: "auto",
          parameters: [field("n"), field("secret", { type: { kind: "string" }, optional: true, sensitive: true })],
        },
      ],
    },
  ],
};

beforeAll(async () => {
  writeFileSync(model, JSON.stringify(MODEL));
  const broker = await local.start({ listen: "127.0.0.1:0" });
  address = broker.address ?? "";
  const log = await local.log();
  const parameters = encode({ args: [], kwargs: { n: 1, secret: "hunter2-hunter2" } });
  const error = "Error: cannot log in with hunter2-hunter2";
  await log.append("work-dlq", [
    ...[0, 1, 2, 3].map((n) => letterRecord(n)),
    letterRecord(4, { error, bytes: activationBytes({ id: "a4", parameters }) }),
  ]);
});

afterAll(async () => {
  await local[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const ask = (...args: string[]) => operate(["dead-letters", ...args, "--broker", address], {}, folder);
const parametersFile = (value: object): string => {
  const file = join(folder, "edited.json");
  writeFileSync(file, JSON.stringify(value));
  return file;
};

describe("taskwire dead-letters with letters in the topic", () => {
  it("lists them, shows one, and covers sensitive values also in the error", async () => {
    const list = await ask("list");
    expect(list.out).toMatch(/things\.quick +work-dlq\/0\/4 +error/);
    expect(list.err).toContain("5 open");
    expect(list.code).toBe(0);
    const shown = await ask("show", "work-dlq/0/4", "--model", model);
    expect(shown.out).toContain("secret: [covered]");
    expect(shown.out).toContain("cannot log in with [covered]");
    expect(shown.out + shown.err).not.toContain("hunter2");
    expect(shown.code).toBe(0);
  });

  it("checks edited parameters as `.delay()` would, and replays one with them only when they fit", async () => {
    const wrong = parametersFile({ n: "one", more: 1 });
    const refused = await ask("check", "work-dlq/0/0", "--parameters", wrong, "--model", model);
    expect(refused.err).toMatch(/n: expected int, got "one"/);
    expect(refused.err).toMatch(/more: expected a known name/);
    expect(refused.code).toBe(1);
    const replay = ["replay", "work-dlq/0/0", "--model", model, "--yes", "--parameters"];
    expect((await ask(...replay, wrong)).code).toBe(1);
    const fit = parametersFile({ n: 42 });
    expect(await ask("check", "work-dlq/0/0", "--parameters", fit, "--model", model)).toMatchObject({
      code: 0,
      out: "the parameters fit\n",
    });
    const replayed = await ask(...replay, fit);
    expect(replayed.out).toMatch(/^work-dlq\/0\/0 {2}replayed {2}as [0-9a-f]{32} work\n$/);
    expect(replayed.code).toBe(0);
    const [record] = (await (await local.log()).browse("work", 0, 0, 10)).records;
    expect(decode(decodeActivation(record?.value ?? new Uint8Array(0)).parameters)).toEqual({
      args: [],
      kwargs: { n: 42 },
    });
    expect((await ask("replay", "work-dlq/0/0", "work-dlq/0/1", "--parameters", fit, "--yes")).code).toBe(2);
    expect((await ask("check", "work-dlq/0/1", "--parameters", join(folder, "none.json"))).err).toContain(
      "cannot read",
    );
  });

  it("replays and purges by place and by filter, says what it did, and does nothing twice", async () => {
    const again = await ask("replay", "work-dlq/0/0", "work-dlq/0/1", "--yes");
    expect(again.out).toMatch(/work-dlq\/0\/0 {2}already {2}replayed\nwork-dlq\/0\/1 {2}replayed {2}as/);
    expect(again.code).toBe(4);
    expect((await ask("replay", "work-dlq/0/2")).code).toBe(2);
    expect((await ask("purge", "work-dlq/0/2", "--yes")).code).toBe(0);
    const planned = await ask("replay", "--filter", "id:a3", "--dry-run", "--json");
    expect(JSON.parse(planned.out)).toMatchObject({ matched: 1 });
    const job = await ask("replay", "--filter", "id:a3", "--yes");
    expect(job.code, job.err).toBe(0);
    const { err } = await ask("list", "--state", "all");
    expect(err).toMatch(/1 open.*3 replayed.*1 purged/);
  });

  it("exports them as NDJSON with sensitive values covered", async () => {
    const file = join(folder, "letters.ndjson");
    const { code, err } = await ask("export", "--state", "all", "--model", model, "-o", file);
    expect(err).toContain("5 dead letters exported");
    expect(code).toBe(0);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).letter.id)).toEqual(["a0", "a1", "a2", "a3", "a4"]);
    expect(lines.join()).not.toContain("hunter2");
  });

  it("shows and exports sensitive values to somebody who says why, which the audit log has", async () => {
    expect((await ask("show", "work-dlq/0/4", "--model", model)).out).not.toContain("hunter2");
    expect((await ask("show", "work-dlq/0/4", "--reveal", "--model", model)).code).toBe(2);
    const why = ["--reason", "ticket 4711", "--model", model];
    expect((await ask("show", "work-dlq/0/4", "--reveal", ...why)).out).toContain("hunter2-hunter2");
    const { out } = await ask("export", "id:a4", "--state", "all", "--reveal", "--raw", ...why);
    const line = JSON.parse(out);
    expect(JSON.stringify(line.content)).toContain("hunter2-hunter2");
    expect(decodeActivation(Buffer.from(line.raw, "base64")).id).toBe("a4");
    const log = readFileSync(join(local.data, "default.audit.log"), "utf8").split("\n");
    const shown = log.filter((each) => each.includes("ticket 4711")).map((each) => JSON.parse(each));
    expect(shown).toMatchObject([
      { verb: "ShowLetter", role: "reveal", kind: "intent", request: { place: "work-dlq/0/4", reveal: true } },
      { verb: "ExportLetters", role: "reveal", kind: "intent", request: { reveal: true } },
    ]);
    expect(log.join()).not.toContain("hunter2");
  });
});
