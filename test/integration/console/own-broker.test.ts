import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Front } from "#runtime/front/front.js";
import { OwnBroker } from "#runtime/front/own-broker.js";
import type { Role } from "#runtime/operations/verbs.js";
import { LocalBroker } from "../../support/harness/local-broker.js";

let local: LocalBroker;
beforeEach(async () => {
  local = new LocalBroker();
  await local.start();
});
afterEach(() => local[Symbol.asyncDispose]());

const front = (...roles: readonly Role[]) =>
  new Front([new OwnBroker(() => ({ address: "here", verbs: local.broker.operations }))]).as({
    actor: "ann",
    address: "10.1.2.3",
    signal: new AbortController().signal,
    may: (role) => roles.includes(role),
  });

const auditLines = () =>
  readFileSync(join(local.data, "default.audit.log"), "utf8")
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

const pause = { kind: "task", subject: "things.quick", reason: "deploy" };

describe("the broker of the console's own process", () => {
  it("answers verbs without a wire, as the person, between two lines of its audit log", async () => {
    const { answers } = await front("view", "operate").ask("Pause", pause);
    expect(answers).toMatchObject([{ broker: "here" }]);
    expect(auditLines()).toMatchObject([
      { kind: "intent", verb: "Pause", actor: "ann", address: "10.1.2.3", role: "operate", reason: "deploy" },
      { kind: "result", verb: "Pause", actor: "ann" },
    ]);
    const { answers: controls } = await front("view").ask("Controls", {});
    expect(JSON.stringify(controls)).toContain("things.quick");
  });

  it("does nothing for a person without the role, and writes nothing", async () => {
    await expect(front("view").ask("Pause", pause)).rejects.toMatchObject({ code: "role_refused", kind: "forbidden" });
    const sly = new OwnBroker(() => ({ address: "here", verbs: local.broker.operations }));
    await expect(sly.ask("Pause", pause)).rejects.toMatchObject({ code: "role_refused" });
    await expect(sly.ask("ListLetters", { reveal: true })).rejects.toMatchObject({ code: "role_refused" });
    expect((await local.status()).controls).toMatchObject({});
    expect(() => auditLines()).toThrow(/ENOENT/);
  });

  it("takes as many changes a second as over the wire", async () => {
    const person = front("view", "operate");
    const asked = Array.from({ length: 60 }, () => person.ask("Pause", pause));
    const results = await Promise.allSettled(asked);
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ code: "too_many_changes", kind: "too_many" });
  });

  it("refuses requests that are wrong as over the wire", async () => {
    await expect(front("view", "operate").ask("Pause", { kind: "nothing" })).rejects.toMatchObject({
      kind: "bad_request",
    });
  });

  it("is starting until it is connected", async () => {
    const starting = new Front([new OwnBroker(() => ({ address: "here", verbs: undefined }))]);
    await expect(starting.ask("Problems", {})).rejects.toMatchObject({ code: "broker_starting" });
    await expect(starting.statuses()).rejects.toMatchObject({ code: "broker_starting" });
  });

  it("answers its status as everybody gets it", async () => {
    const { answers } = await front("view").statuses();
    expect(answers[0]?.document).toMatchObject({ pool: "default", environment: "test" });
  });
});
