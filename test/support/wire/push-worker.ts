import { type Metadata, Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import { PushTaskRequest, type TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import { SERVER_OPTIONS, WORKER } from "#runtime/wire/services.js";
import { freePort } from "../processes/operating-system.js";

export type PushAnswer = sendUnaryData<Buffer>;

/** A worker that is pushed to, on a port that it keeps over restarts. */
export class PushWorker implements AsyncDisposable {
  readonly address: string;
  readonly taken: TaskActivation[] = [];
  readonly metadata: Metadata[] = [];
  /** Answers a push, at once, later or never. */
  take: (answer: PushAnswer, task: TaskActivation) => void = accept;
  #server: Server | undefined;

  private constructor(port: number) {
    this.address = `127.0.0.1:${port}`;
  }

  /** One that does not listen yet. */
  static async absent(): Promise<PushWorker> {
    return new PushWorker(await freePort());
  }

  static async start(): Promise<PushWorker> {
    const worker = await PushWorker.absent();
    await worker.start();
    return worker;
  }

  async start(): Promise<void> {
    const server = new Server(SERVER_OPTIONS);
    server.addService(WORKER, {
      PushTask: (call: { request: Buffer; metadata: Metadata }, answer: PushAnswer) => {
        const { task } = PushTaskRequest.decode(call.request);
        if (task === undefined) throw new Error("PushTask without a task");
        this.taken.push(task);
        this.metadata.push(call.metadata);
        this.take(answer, task);
      },
    });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(this.address, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    this.#server = server;
  }

  /** Ends all its connections. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }
}

export function accept(answer: PushAnswer): void {
  answer(null, Buffer.alloc(0));
}
