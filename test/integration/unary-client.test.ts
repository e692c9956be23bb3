import { createServer, type Socket } from "node:net";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { OPERATIONS, SERVER_OPTIONS } from "#runtime/wire/services.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe("a client of unary methods", () => {
  it("connects again after three calls in a row that were not answered in time", async () => {
    const sockets = new Set<Socket>();
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on("error", () => {}).resume();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    const client = new UnaryClient(`127.0.0.1:${typeof address === "object" ? address?.port : ""}`, {});
    closers.push(() => client.close());
    const unanswered = () =>
      expect(client.call(OPERATIONS.Status, Buffer.alloc(0), 100)).rejects.toMatchObject({
        code: status.DEADLINE_EXCEEDED,
      });
    const first = client.channel;
    await unanswered();
    await unanswered();
    expect(client.channel).toBe(first);
    await unanswered();
    expect(client.channel).not.toBe(first);
    expect(connections).toBe(1);
    await unanswered();
    expect(connections).toBe(2);
  });

  it("waits an hour at most: servers on grpc-js take longer deadlines for past ones", async () => {
    const deadlines: number[] = [];
    const server = new Server(SERVER_OPTIONS);
    server.addService(OPERATIONS, {
      Status: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        deadlines.push(Number(call.getDeadline()) - Date.now());
        answer(null, Buffer.from("in time"));
      },
    });
    closers.push(() => server.forceShutdown());
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    const client = new UnaryClient(`127.0.0.1:${port}`, {});
    closers.push(() => client.close());
    const month = 30 * 86_400_000;
    expect(String(await client.call(OPERATIONS.Status, Buffer.alloc(0), month))).toBe("in time");
    expect(deadlines[0]).toBeLessThanOrEqual(3_600_000);
  });
});
