import { type IncomingHttpHeaders, request } from "node:http";
import { type Clock, systemClock } from "#runtime/base/clock.js";
import { Front } from "#runtime/front/front.js";
import { OwnBroker } from "#runtime/front/own-broker.js";
import type { Mount } from "#runtime/telemetry/http/mount.js";
import { consoleMount } from "#runtime/web/console.js";
import type { GuardOptions } from "#runtime/web/guard/guard.js";
import { Tokens } from "#runtime/web/guard/tokens.js";
import { LocalBroker } from "../harness/local-broker.js";
import { entries } from "./console.js";

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A broker with the console on its HTTP port. */
export class ServedConsole implements AsyncDisposable {
  readonly local = new LocalBroker();
  readonly tokens = new Tokens(entries);
  #mount: Mount | undefined;

  /** `clock`: of the console; the broker follows the system's. */
  async start(prefix = "/", guard: Partial<GuardOptions> = {}, clock: Clock = systemClock()): Promise<this> {
    const { local } = this;
    let started: Awaited<ReturnType<LocalBroker["start"]>> | undefined;
    const broker = new OwnBroker(() => ({ address: "the broker", verbs: started?.operations }));
    const mount = consoleMount({
      context: {
        options: {
          prefix,
          environment: "test",
          production: false,
          dataFolder: local.data,
          refresh: 1000,
          traceUrl: null,
        },
        front: new Front([broker]),
        models: () => [],
        sends: () => ({ possible: false, why: "there is no model" }),
        logger: local.logger,
      },
      guard: { tokens: this.tokens, hosts: new Set(), trustProxy: false, userHeader: undefined, clock, ...guard },
      clock,
      status: () => broker.status(),
    });
    this.#mount = mount;
    started = await local.start({ mount });
    return this;
  }

  /** Answers a request as the port would. */
  get mount(): Mount {
    if (this.#mount === undefined) throw new Error("the console was not started");
    return this.#mount;
  }

  get address(): string {
    return this.local.broker.httpAddress ?? "";
  }

  /** The path is sent as it is. */
  ask(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET", body?: string): Promise<Got> {
    const [host = "", port = ""] = this.address.split(":");
    return new Promise((resolve, reject) => {
      const asked = request({ host, port: Number(port), path, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.local[Symbol.asyncDispose]();
  }
}
