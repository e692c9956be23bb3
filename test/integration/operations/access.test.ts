import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { Gate } from "#runtime/broker/operations/gate.js";
import { operationsService } from "#runtime/broker/operations/service.js";
import type { Verb } from "#runtime/operations/verb.js";
import { type Role, VERBS, type VerbName } from "#runtime/operations/verbs.js";
import { OperationRequest } from "#runtime/wire/proto/taskwire.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import type { Security } from "#runtime/wire/security/security.js";
import { SIGNATURE_METADATA, sign } from "#runtime/wire/security/signature.js";
import { serve } from "#runtime/wire/server/server.js";
import { operation } from "#runtime/wire/services.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { statusWith } from "../../support/status.js";
import { frame, rawCall, rawConnection } from "../../support/wire/raw-grpc.js";

// No verb may depend on its own care: the table has all of them.
const NAMES = Object.keys(VERBS).filter((name): name is VerbName => name in VERBS);
const ROLES: Readonly<Record<VerbName, Role>> = VERBS;
const changes = (name: VerbName) => ROLES[name] !== "view";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const worker = new Secrets(["worker"]);
const operator = new Secrets(["operator"]);
const stranger = new Secrets(["stranger"]);

/** A port with every verb; each only counts its calls, and those that passed the audit. */
async function port(security: Security, loopback = true) {
  const clock = new SkippingClock();
  const ran: string[] = [];
  const audited: string[] = [];
  const verbs = NAMES.map((name): Verb => ({ name, run: async () => ({ ran: ran.push(name) }) }));
  const gate = new Gate({ security, loopback, clock });
  const server = await serve({
    address: "127.0.0.1:0",
    flag: "--listen",
    exposes: "operate",
    endpoints: operationsService({
      status: async () => statusWith(),
      verbs,
      admit: (role, call) => gate.admit(role, call),
      audited: (verb, _role, _address, request, caller) => {
        audited.push(verb.name);
        return verb.run(request, caller);
      },
    }),
    security,
    clock,
    logger: silentLogger,
  });
  open.push(() => server.close());
  const session = await rawConnection(server.address);
  open.push(() => session.destroy());
  let count = 0;
  const request = (at: number, nonce = Buffer.alloc(16, ++count)) =>
    Buffer.from(OperationRequest.encode({ json: "{}", actor: "ada", at: BigInt(Math.ceil(at)), nonce }).finish());
  /** The status of one call of the verb. */
  const call = async (name: VerbName | "Status", body: Buffer, signature?: string): Promise<status | undefined> => {
    const { path } = operation(name);
    const { stream, ended } = rawCall(
      session,
      path,
      signature === undefined ? {} : { [SIGNATURE_METADATA]: signature },
    );
    stream.end(frame(body));
    return (await ended).status;
  };
  const signed = (name: VerbName, secrets: Secrets, body = request(clock.wall())) =>
    call(name, body, sign(secrets.signing, operation(name).path, body));
  return { clock, ran, audited, request, call, signed };
}

describe.each(NAMES)("verb %s", (name) => {
  const { path } = operation(name);

  it("with RPC secrets only: signed by one of them, and by nothing else", async () => {
    const { ran, request, call, signed, clock } = await port({ secrets: worker });
    const body = request(clock.wall());
    expect(await call(name, body)).toBe(status.UNAUTHENTICATED);
    expect(await call(name, body, "00".repeat(32))).toBe(status.UNAUTHENTICATED);
    expect(await call(name, body, "not hex")).toBe(status.UNAUTHENTICATED);
    expect(await signed(name, stranger)).toBe(status.UNAUTHENTICATED);
    expect(await call(name, body, sign(worker.signing, operation("Status").path, body))).toBe(status.UNAUTHENTICATED);
    expect(await call(name, request(clock.wall()), sign(worker.signing, path, body))).toBe(status.UNAUTHENTICATED);
    expect(ran).toEqual([]);
    expect(await signed(name, worker)).toBe(status.OK);
    expect(ran).toEqual([name]);
  });

  it("with operation secrets: a worker's secret looks, and only an operator's changes", async () => {
    const { ran, signed, call, request, clock } = await port({ secrets: worker, operationSecrets: operator });
    expect(await call(name, request(clock.wall()))).toBe(status.UNAUTHENTICATED);
    expect(await signed(name, stranger)).toBe(status.UNAUTHENTICATED);
    expect(await signed(name, worker)).toBe(changes(name) ? status.PERMISSION_DENIED : status.OK);
    expect(ran).toEqual(changes(name) ? [] : [name]);
    expect(await signed(name, operator)).toBe(status.OK);
  });

  it("with operation secrets alone: everybody looks, and only an operator changes", async () => {
    const { ran, signed, call, request, clock } = await port({ operationSecrets: operator });
    expect(await call(name, request(clock.wall()))).toBe(changes(name) ? status.UNAUTHENTICATED : status.OK);
    expect(await signed(name, stranger)).toBe(status.UNAUTHENTICATED);
    expect(ran).toEqual(changes(name) ? [] : [name]);
    expect(await signed(name, operator)).toBe(status.OK);
  });

  it("with a secret that workers and operators share: it is a worker's", async () => {
    const { signed } = await port({ secrets: worker, operationSecrets: new Secrets(["operator", "worker"]) });
    expect(await signed(name, worker)).toBe(changes(name) ? status.PERMISSION_DENIED : status.OK);
  });

  it("without any secret changes something only on a loopback listener", async () => {
    const near = await port({});
    expect(await near.call(name, near.request(near.clock.wall()))).toBe(status.OK);
    const far = await port({}, false);
    expect(await far.call(name, far.request(far.clock.wall()))).toBe(
      changes(name) ? status.PERMISSION_DENIED : status.OK,
    );
    expect(far.ran).toEqual(changes(name) ? [] : [name]);
  });

  it("recorded and sent again changes nothing a second time", async () => {
    const { ran, call, request, clock } = await port({ operationSecrets: operator });
    const body = request(clock.wall());
    const signature = sign(operator.signing, path, body);
    expect(await call(name, body, signature)).toBe(status.OK);
    expect(await call(name, body, signature)).toBe(changes(name) ? status.UNAUTHENTICATED : status.OK);
    clock.skip(300_001);
    expect(await call(name, body, signature)).toBe(changes(name) ? status.UNAUTHENTICATED : status.OK);
    expect(ran).toHaveLength(changes(name) ? 1 : 3);
  });

  it("passes the audit exactly when it changes or reveals something", async () => {
    const { audited, call, request, clock } = await port({});
    expect(await call(name, request(clock.wall()))).toBe(status.OK);
    // Who reads the audit log changes nothing.
    expect(audited).toEqual(changes(name) && name !== "Audit" ? [name] : []);
  });
});

describe("calls of operators", () => {
  it("that change something are signed with the time: not of long ago, not ahead, not of before the broker's start", async () => {
    const { ran, signed, request, clock } = await port({ operationSecrets: operator });
    const started = clock.wall();
    expect(await signed("Pause", operator, request(started - 5000))).toBe(status.UNAUTHENTICATED);
    clock.skip(600_000);
    expect(await signed("Pause", operator, request(clock.wall() - 301_000))).toBe(status.UNAUTHENTICATED);
    expect(await signed("Pause", operator, request(clock.wall() + 310_000))).toBe(status.UNAUTHENTICATED);
    expect(await signed("Pause", operator, request(clock.wall(), Buffer.alloc(15)))).toBe(status.INVALID_ARGUMENT);
    expect(await signed("Pause", operator, request(clock.wall(), Buffer.alloc(65)))).toBe(status.INVALID_ARGUMENT);
    expect(ran).toEqual([]);
    expect(await signed("Pause", operator, request(clock.wall() - 290_000))).toBe(status.OK);
    expect(await signed("Pause", operator, request(clock.wall() + 290_000))).toBe(status.OK);
  });

  it("that change something are at most 20 a second, and looking is not limited", async () => {
    const { ran, call, request, clock } = await port({});
    const statuses: unknown[] = [];
    for (let count = 0; count < 40; count++) statuses.push(await call("Pause", request(clock.wall())));
    expect(statuses).toContain(status.RESOURCE_EXHAUSTED);
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => status.OK));
    const before = ran.length;
    for (let count = 0; count < 40; count++) expect(await call("Jobs", request(clock.wall()))).toBe(status.OK);
    expect(ran.length - before).toBe(40);
    clock.skip(1000);
    expect(await call("Pause", request(clock.wall()))).toBe(status.OK);
  });

  it("that are hostile are refused: not a message, not JSON, larger than 1 MiB", async () => {
    const { ran, call } = await port({});
    const encoded = (json: string) =>
      Buffer.from(OperationRequest.encode({ json, actor: "", at: 0n, nonce: new Uint8Array() }).finish());
    expect(await call("Pause", Buffer.from([0x0a, 0x7f]))).toBe(status.INVALID_ARGUMENT);
    expect(await call("Pause", encoded("{"))).toBe(status.INVALID_ARGUMENT);
    expect(await call("Pause", encoded(`{"q":"${"x".repeat(1024 * 1024)}"}`))).toBe(status.OUT_OF_RANGE);
    expect(ran).toEqual([]);
    expect(await call("Pause", encoded(""))).toBe(status.OK);
  });
});
