import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import {
  GetTaskRequest,
  GetTaskResponse,
  SetTaskStatusRequest,
  type TaskActivation,
  TaskActivationStatus,
} from "#runtime/wire/proto/taskbroker.js";
import { CONSUMER } from "#runtime/wire/services.js";

const FRAME_BYTES = 5;
const NOT_FOUND = "5";

/**
 * A client of ConsumerService on a connection of its own, for measuring: gRPC frames written straight onto HTTP/2, so
 * that what is measured is the broker and not the client's library.
 */
export class PullClient {
  readonly #session: ClientHttp2Session;
  readonly #next: { readonly application: string };

  constructor(address: string, application: string) {
    this.#session = connect(`http://${address}`);
    this.#next = { application };
  }

  /** undefined: there was nothing. */
  getTask(): Promise<TaskActivation | undefined> {
    return this.#call(CONSUMER.GetTask.path, GetTaskRequest.encode(this.#next).finish());
  }

  /** Completes it; the next one, undefined when there is none. */
  complete(id: string): Promise<TaskActivation | undefined> {
    const status = TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE;
    const body = SetTaskStatusRequest.encode({ id, status, fetchNextTask: this.#next }).finish();
    return this.#call(CONSUMER.SetTaskStatus.path, body);
  }

  /** Completes it, and takes no other. */
  async finish(id: string): Promise<undefined> {
    const status = TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE;
    await this.#call(CONSUMER.SetTaskStatus.path, SetTaskStatusRequest.encode({ id, status }).finish());
  }

  close(): void {
    this.#session.close();
  }

  #call(path: string, body: Uint8Array): Promise<TaskActivation | undefined> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
      });
      const frame = Buffer.allocUnsafe(FRAME_BYTES + body.length);
      frame[0] = 0;
      frame.writeUInt32BE(body.length, 1);
      frame.set(body, FRAME_BYTES);
      const chunks: Buffer[] = [];
      let ended: IncomingHttpHeaders = {};
      stream.on("response", (headers) => {
        ended = headers;
      });
      stream.on("trailers", (trailers: IncomingHttpHeaders) => {
        ended = trailers;
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => {
        const status = ended["grpc-status"];
        const bytes = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
        if (status === "0") resolve(GetTaskResponse.decode(bytes.subarray(FRAME_BYTES)).task);
        else if (status === NOT_FOUND) resolve(undefined);
        else reject(new Error(`${path}: gRPC status ${String(status)}: ${String(ended["grpc-message"])}`));
      });
      stream.end(frame);
    });
  }
}
