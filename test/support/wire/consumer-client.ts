import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  GetTaskRequest as GetTask,
  type GetTaskRequest,
  GetTaskResponse,
  SetBatchActivationStatusRequest,
  SetTaskStatusRequest as SetTaskStatus,
  type SetTaskStatusRequest,
  type TaskActivation,
} from "#runtime/wire/proto/taskbroker.js";
import { CHANNEL_OPTIONS, CONSUMER, type RawMethod } from "#runtime/wire/services.js";

/** A worker of the taskbroker protocol: the three calls of ConsumerService over a connection of its own. */
export class ConsumerClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), CHANNEL_OPTIONS);
  }

  /** Rejects with a ServiceError, as the other calls. */
  async getTask(wish: GetTaskRequest = {}, cancelled?: AbortSignal): Promise<TaskActivation> {
    const { task } = GetTaskResponse.decode(await this.getTaskBytes(wish, cancelled));
    if (task === undefined) throw new Error("GetTask was answered without a task");
    return task;
  }

  /** The answer as it came. */
  getTaskBytes(wish: GetTaskRequest, cancelled?: AbortSignal): Promise<Buffer> {
    return this.call(CONSUMER.GetTask, GetTask.encode(wish).finish(), cancelled);
  }

  async setTaskStatus(update: SetTaskStatusRequest): Promise<TaskActivation | undefined> {
    const bytes = await this.call(CONSUMER.SetTaskStatus, SetTaskStatus.encode(update).finish());
    return GetTaskResponse.decode(bytes).task;
  }

  async setBatchActivationStatus(updates: readonly SetTaskStatusRequest[]): Promise<void> {
    const body = SetBatchActivationStatusRequest.encode({ updates: [...updates] }).finish();
    await this.call(CONSUMER.SetBatchActivationStatus, body);
  }

  call(method: RawMethod, body: Uint8Array, cancelled?: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        Buffer.from(body),
        new Metadata(),
        (error: ServiceError | null, answer?: Buffer) => {
          if (error !== null) reject(error);
          else if (answer === undefined) reject(new Error(`${path} has no answer`));
          else resolve(answer);
        },
      );
      cancelled?.addEventListener("abort", () => call.cancel(), { once: true });
    });
  }

  close(): void {
    this.#client.close();
  }
}
