import { connect, createServer, type Socket, type Server as TcpServer } from "node:net";
import {
  Client,
  credentials,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { SetTaskStatusRequest } from "#runtime/wire/proto/taskbroker.js";
import { CHANNEL_OPTIONS, CONSUMER, SERVER_OPTIONS } from "#runtime/wire/services.js";
import { freePort } from "../processes/operating-system.js";

/** A call that was answered. */
interface Answered {
  readonly method: keyof typeof CONSUMER;
  readonly request: Buffer;
  /** gRPC status. */
  readonly code: number;
  /** Calls of GetTask that were open beside it when it came. */
  readonly beside: number;
}

/**
 * Stands before a broker and lets only ConsumerService through, metadata and bytes as they are: to workers it looks
 * like a Rust taskbroker. With `get_task_hold: 0` behind it, it also answers when that would. After upgrade() it lets
 * everything through, on the same port.
 */
export class ConsumerOnly implements AsyncDisposable {
  readonly address: string;
  readonly answered: Answered[] = [];
  /** Answers a call in the broker's place. */
  fails: ((method: keyof typeof CONSUMER) => { code: number; details: string } | undefined) | undefined;
  readonly #port: number;
  readonly #behind: () => string;
  #server: Server | undefined;
  #client: Client | undefined;
  #tcp: TcpServer | undefined;
  readonly #sockets = new Set<Socket>();
  #fetching = 0;

  private constructor(port: number, behind: () => string) {
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    this.#behind = behind;
  }

  /** `behind`: HOST:PORT of the broker, asked for at each start. */
  static async start(behind: () => string): Promise<ConsumerOnly> {
    const broker = new ConsumerOnly(await freePort(), behind);
    await broker.start();
    return broker;
  }

  async start(): Promise<void> {
    const client = new Client(this.#behind(), credentials.createInsecure(), CHANNEL_OPTIONS);
    const server = new Server(SERVER_OPTIONS);
    const forward = (method: keyof typeof CONSUMER) => {
      const { path, requestSerialize, responseDeserialize } = CONSUMER[method];
      return (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        const beside = this.#fetching;
        if (method === "GetTask") this.#fetching += 1;
        const done = (error: Pick<ServiceError, "code" | "details"> | null, bytes?: Buffer) => {
          if (method === "GetTask") this.#fetching -= 1;
          this.answered.push({ method, request: call.request, code: error?.code ?? 0, beside });
          if (error === null) answer(null, bytes);
          else answer({ code: error.code, details: error.details });
        };
        const failure = this.fails?.(method);
        if (failure !== undefined) done(failure);
        else
          client.makeUnaryRequest(
            path,
            requestSerialize,
            responseDeserialize,
            call.request,
            signature(call.metadata),
            done,
          );
      };
    };
    server.addService(CONSUMER, {
      GetTask: forward("GetTask"),
      SetTaskStatus: forward("SetTaskStatus"),
      SetBatchActivationStatus: forward("SetBatchActivationStatus"),
    });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(this.address, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    this.#server = server;
    this.#client = client;
  }

  /** Ends all its connections. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#client?.close();
    this.#server = undefined;
    this.#tcp?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on all of the broker behind is there. */
  async upgrade(): Promise<void> {
    this.stop();
    const [host = "", port = ""] = this.#behind().split(":");
    const tcp = createServer((socket) => {
      const behind = connect(Number(port), host);
      for (const each of [socket, behind]) {
        this.#sockets.add(each);
        each.on("error", () => each.destroy());
        each.on("close", () => this.#sockets.delete(each));
      }
      socket.pipe(behind).pipe(socket);
    });
    await new Promise<void>((resolve, reject) => {
      tcp.once("error", reject);
      tcp.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#tcp = tcp;
  }

  count(method: keyof typeof CONSUMER): number {
    return this.answered.filter((call) => call.method === method).length;
  }

  /** What was reported to it about activations. */
  updates(): SetTaskStatusRequest[] {
    return this.answered
      .filter(({ method, code }) => method === "SetTaskStatus" && code === 0)
      .map(({ request }) => SetTaskStatusRequest.decode(request));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }
}

function signature(metadata: Metadata): Metadata {
  return metadata.clone();
}
