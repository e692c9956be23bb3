import { randomBytes } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { TaskwireError } from "../base/errors.js";
import { OperationError, type RefusalKind } from "../operations/errors.js";
import { roleOf, type VerbName } from "../operations/verbs.js";
import { detailsOf, hintOf, isCallError } from "../wire/call-error.js";
import { OperationRequest, OperationResponse, StatusRequest, StatusResponse } from "../wire/proto/taskwire.js";
import { OPERATION_SECRETS_VARIABLE, SECRETS_VARIABLE } from "../wire/security/secrets.js";
import type { Security } from "../wire/security/security.js";
import { OPERATIONS, operation } from "../wire/services.js";
import { Line } from "./line.js";
import type { Answer, BrokerPort, Person } from "./port.js";

/** A changing call waits for the disk, and an export reads much, so both get more time than one that looks. */
const LONG_MS = 10_000;

const KINDS: ReadonlyMap<number, RefusalKind> = new Map([
  [status.INVALID_ARGUMENT, "bad_request"],
  [status.UNAUTHENTICATED, "unauthenticated"],
  [status.PERMISSION_DENIED, "forbidden"],
  [status.NOT_FOUND, "not_found"],
  [status.ABORTED, "conflict"],
  [status.OUT_OF_RANGE, "too_large"],
  [status.FAILED_PRECONDITION, "invalid"],
  [status.RESOURCE_EXHAUSTED, "too_many"],
  [status.UNAVAILABLE, "unavailable"],
]);

export interface CallOptions {
  readonly security: Security;
  /** The person who asks. */
  readonly actor: string;
  /** How long a broker may take to answer a call that only looks, milliseconds. */
  readonly patience: number;
}

/** Signed calls to one broker. */
export class BrokerClient implements BrokerPort {
  readonly address: string;
  readonly #options: CallOptions;
  readonly #line: Line;
  readonly #owned: boolean;

  /** `line`: a connection that somebody else closes. Default: one of its own. */
  constructor(address: string, options: CallOptions, line?: Line) {
    this.address = address;
    this.#options = options;
    this.#line = line ?? new Line(address, options.security);
    this.#owned = line === undefined;
  }

  as({ actor }: Person): BrokerClient {
    return new BrokerClient(this.address, { ...this.#options, actor }, this.#line);
  }

  /**
   * Rejects with OperationError when the broker refuses, else with TaskwireError `broker_unreachable`, `broker_refused` or
   * `broker_too_old`.
   */
  async ask<T>(verb: VerbName, request: object): Promise<Answer<T>> {
    const { security, actor, patience } = this.#options;
    const { secrets, operationSecrets } = security;
    const changes = roleOf(verb, request) !== "view";
    const json = JSON.stringify(request);
    const once = { at: BigInt(Date.now()), nonce: randomBytes(16) };
    const body = Buffer.from(OperationRequest.encode({ json, actor, ...once }).finish());
    // An operator without the secret of workers may look, too.
    const signing = changes ? (operationSecrets ?? secrets) : (secrets ?? operationSecrets);
    try {
      const time = changes || verb === "ExportLetters" ? Math.max(patience, LONG_MS) : patience;
      const answered = OperationResponse.decode(await this.#line.call(operation(verb), body, time, signing));
      return { document: JSON.parse(answered.json), activation: answered.activation };
    } catch (error) {
      throw await this.#understood(error, verb);
    }
  }

  /** The status document as JSON. Rejects as ask(). */
  async status(): Promise<string> {
    const { security, patience } = this.#options;
    const signing = security.secrets ?? security.operationSecrets;
    try {
      const body = Buffer.from(StatusRequest.encode({}).finish());
      return StatusResponse.decode(await this.#line.call(OPERATIONS.Status, body, patience, signing)).json;
    } catch (error) {
      throw await this.#understood(error, "Status");
    }
  }

  close(): void {
    if (this.#owned) this.#line.close();
  }

  async #understood(error: unknown, verb: string): Promise<unknown> {
    if (!isCallError(error)) return error;
    const { security } = this.#options;
    const kind = KINDS.get(error.code);
    const refusal = kind === undefined ? undefined : refusalOf(kind, error.details, error);
    if (refusal !== undefined) return refusal;
    if (error.code === status.UNIMPLEMENTED)
      return new TaskwireError(
        "broker_too_old",
        `the broker at ${this.address} (${verb === "Status" ? "its version is not known" : await this.#version()}) cannot do this: ${verb}; update it`,
        { cause: error },
      );
    const details = detailsOf(error, this.address);
    if (error.code === status.UNAUTHENTICATED) {
      const hint =
        verb !== "Status" && security.operationSecrets !== undefined
          ? `check ${OPERATION_SECRETS_VARIABLE} and ${SECRETS_VARIABLE} here and there`
          : hintOf(error, security);
      return new TaskwireError(
        "broker_refused",
        `the broker at ${this.address} rejects the call: ${details}; ${hint}`,
        {
          cause: error,
        },
      );
    }
    const hint =
      hintOf(error, security) ?? `is it running? Start one with \`taskwire broker --listen ${this.address}\``;
    return new TaskwireError(
      "broker_unreachable",
      `no answer from the broker at ${this.address}: ${details}; ${hint}`,
      {
        cause: error,
      },
    );
  }

  async #version(): Promise<string> {
    try {
      const document: { readonly broker?: { readonly version?: string } } = JSON.parse(await this.status());
      return document.broker?.version ?? "an older version";
    } catch {
      return "its version is not known";
    }
  }
}

/** The refusal in the details of a status; undefined: they are no refusal of a verb. */
function refusalOf(kind: RefusalKind, details: string, cause: Error): OperationError | undefined {
  if (!details.startsWith("{")) return undefined;
  try {
    const refusal: unknown = JSON.parse(details);
    if (typeof refusal !== "object" || refusal === null || !("code" in refusal) || !("message" in refusal))
      return undefined;
    const field = "field" in refusal && typeof refusal.field === "string" ? { field: refusal.field } : {};
    return new OperationError(kind, String(refusal.code), String(refusal.message), { cause, ...field });
  } catch {
    return undefined;
  }
}
