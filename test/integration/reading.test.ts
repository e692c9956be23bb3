import { encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { nextRun } from "#runtime/activation/retry.js";
import type {
  ActivationRow,
  ListActivationsAnswer,
  ShowActivationAnswer,
} from "#runtime/operations/documents/activations.js";
import { BrokerHarness, encoded } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";
import { callVerb } from "../support/wire/operations-client.js";

let harness: BrokerHarness;
beforeEach(async () => {
  harness = await BrokerHarness.start();
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

const list = async (request: object) =>
  (await callVerb<ListActivationsAnswer>(harness.client(), "ListActivations", request)).document;
const show = (request: object) => callVerb<ShowActivationAnswer>(harness.client(), "ShowActivation", request);
const ids = ({ rows }: { readonly rows: readonly ActivationRow[] }) => rows.map(({ id }) => id);
const counted = (count: number) =>
  until(async () => Object.values((await harness.status()).counts).reduce((sum, each) => sum + each, 0) === count);
const HOUR = 3600;

describe("activations of a broker are listed", () => {
  it("by state and page by page, with exact totals, also when the broker was restarted in between", async () => {
    const later = Array.from({ length: 7 }, (_, index) => ({ id: `later${index}`, delay: HOUR * (7 - index) }));
    const now = Array.from({ length: 5 }, (_, index) => ({ id: `now${index}`, task: "things.slow" }));
    await harness.send(...later, ...now);
    await counted(12);
    await harness.client().getTask();
    const all = await list({});
    const expected = ["now0", "now1", "now2", "now3", "now4", ...later.map(({ id }) => id).reverse()];
    expect([ids(all), all.next, all.total, all.looked]).toEqual([expected, null, { count: 12, exact: true }, null]);
    expect(all.rows.map(({ state }) => state)).toEqual([
      "processing",
      ...Array(4).fill("pending"),
      ...Array(7).fill("delayed"),
    ]);
    const found: string[] = [];
    let answer = await list({ limit: 3, q: "ns:things" });
    for (;;) {
      found.push(...ids(answer));
      expect(answer.total).toEqual({ count: 12, exact: true });
      if (answer.next === null) break;
      await harness.stop();
      await harness.start();
      await counted(12);
      answer = await list({ limit: 3, q: "ns:things", cursor: answer.next });
    }
    // With a namespace named, delayed ones are in the order of their receipt.
    expect(found.slice(0, 5)).toEqual(expected.slice(0, 5));
    expect(found.slice(5).sort()).toEqual(later.map(({ id }) => id));
    expect((await list({ q: "state:delayed task:things.slow" })).total).toEqual({ count: 0, exact: true });
    expect((await list({ q: "id:now*", limit: 2 })).total).toEqual({ count: 2, exact: false });
    expect((await list({ q: "id:now*" })).total).toEqual({ count: 5, exact: true });
  });

  it("with what is known of each, and by the worker that holds it", async () => {
    const received = Date.now() - 5000;
    const retry = { ...NO_RETRY_STATE, attempts: 2, maxAttempts: 5 };
    const [bytes] = await harness.send({ id: "one", receivedAt: received, expires: 60, retry, delay: undefined });
    await counted(1);
    const { rows } = await list({ q: "id:one attempts:2 age>4s" });
    expect(rows).toEqual([
      {
        id: "one",
        application: "app",
        namespace: "things",
        task: "things.quick",
        state: "pending",
        received: new Date(received).toISOString(),
        due: null,
        expires: new Date(received + 60_000).toISOString(),
        attempt: 3,
        attempts: 5,
        worker: null,
        claimUntil: null,
        reason: null,
        error: null,
        topic: "work",
        partition: 0,
        offset: 0,
        size: bytes?.length,
      },
    ]);
    expect(ids(await list({ q: "id:one,two attempts>2" }))).toEqual([]);
    expect(ids(await list({ q: 'worker:""' }))).toEqual(["one"]);
    expect(ids(await list({ q: "worker:w*" }))).toEqual([]);
  });

  it("by the value of a parameter, by position or by keyword, whether they are in memory or in the file", async () => {
    const parameters = (kwargs: object, args: unknown[] = []) => encode({ args, kwargs }, { useBigInt64: true });
    await harness.send(
      { id: "kw", parameters: parameters({ group_id: 5, big: 2n ** 60n }) },
      { id: "pos", parameters: parameters({}, [5]) },
      { id: "other", parameters: parameters({ group_id: "5" }) },
      { id: "later", parameters: parameters({ group_id: 5 }), delay: HOUR },
      { id: "none" },
    );
    await counted(5);
    expect(ids(await list({ q: "args.group_id=5" }))).toEqual(["kw", "later"]);
    expect(ids(await list({ q: "args.0/group_id=5" }))).toEqual(["kw", "pos", "later"]);
    expect(ids(await list({ q: 'args.group_id="5"' }))).toEqual(["other"]);
    expect(ids(await list({ q: `args.big=${2n ** 60n}` }))).toEqual(["kw"]);
    const answer = await list({ q: "args.0/group_id=5", limit: 2 });
    expect([ids(answer), answer.total]).toEqual([["kw", "pos"], { count: 2, exact: false }]);
    expect(ids(await list({ q: "args.0/group_id=5", limit: 2, cursor: answer.next }))).toEqual(["later"]);
  });

  it("or the request is refused: a wrong filter, field, limit or cursor, and a cursor of another broker or filter", async () => {
    await harness.send(...Array.from({ length: 3 }, () => ({ delay: HOUR })));
    await counted(3);
    const refused = (request: object) => expect(list(request)).rejects;
    await refused({ q: "stat:pending" }).toMatchObject({ code: "bad_filter", field: "q", status: 3 });
    await refused({ limit: 1001 }).toMatchObject({ code: "bad_parameter", field: "limit" });
    await refused({ limits: 5 }).toMatchObject({ code: "unknown_parameter", field: "limits" });
    const { next } = await list({ limit: 1 });
    await refused({ q: "state:delayed", cursor: next }).toThrow("it belongs to another filter");
    for (const cursor of ["x", "W10", next?.slice(4), Buffer.from("[1,2,3,4,5,6,7,8]").toString("base64url")]) {
      await refused({ cursor }).toMatchObject({ code: "bad_cursor", field: "cursor" });
    }
    await using other = await BrokerHarness.start();
    const elsewhere = callVerb(other.client(), "ListActivations", { cursor: next });
    await expect(elsewhere).rejects.toThrow("it belongs to another broker");
  });
});

describe("one activation of a broker is shown", () => {
  it("with its facts, the bytes of its record and its chain", async () => {
    const [first] = await harness.send({ id: "root", retry: { ...NO_RETRY_STATE, maxAttempts: 3 } });
    const second = nextRun(first ?? new Uint8Array(), { now: Date.now(), delay: HOUR });
    const third = nextRun(second.bytes, { now: Date.now(), delay: HOUR });
    await harness.append(third.bytes);
    await counted(2);
    const { document, activation } = await show({ id: third.id, chain: true });
    expect(decodeActivation(activation)).toMatchObject({ id: third.id, retry: { attempts: 2 } });
    expect(document).toMatchObject({
      activation: { id: third.id, attempt: 3, attempts: 3, state: "delayed", deadLetter: false, deadline: 30_000 },
      chain: [
        { id: "root", attempt: 1, state: "pending" },
        { id: second.id, attempt: 2, state: null },
        { id: third.id, attempt: 3, state: "delayed" },
      ],
    });
    expect((await show({ id: "root" })).document.chain).toBeNull();
  });

  it("by the id that its first run had, when that has ended and a retry waits", async () => {
    const root = encoded({ id: "root", retry: { ...NO_RETRY_STATE, maxAttempts: 3 } });
    const second = nextRun(root, { now: Date.now(), delay: HOUR });
    await harness.append(second.bytes);
    await counted(1);
    await expect(show({ id: "root" })).rejects.toMatchObject({ code: "not_in_flight", field: "id", status: 5 });
    const { document } = await show({ id: "root", chain: true });
    expect([document.activation.id, document.chain]).toEqual([
      second.id,
      [
        { id: "root", attempt: 1, state: null },
        { id: second.id, attempt: 2, state: "delayed" },
      ],
    ]);
    await expect(show({ id: "unknown", chain: true })).rejects.toMatchObject({ code: "not_in_flight" });
  });

  it("in clear to those who say why, and to nobody else", async () => {
    const [bytes] = await harness.send({ id: "secret" });
    await counted(1);
    const reveal = (request: object) => callVerb<ShowActivationAnswer>(harness.client(), "Reveal", request);
    const { document, activation } = await reveal({ id: "secret", reason: "support case 7" });
    expect([document.activation.id, Buffer.from(activation)]).toEqual(["secret", Buffer.from(bytes ?? [])]);
    await expect(reveal({ id: "secret" })).rejects.toMatchObject({ code: "bad_parameter", field: "reason" });
    await expect(reveal({ id: "gone", reason: "x" })).rejects.toMatchObject({ code: "not_in_flight" });
  });
});
