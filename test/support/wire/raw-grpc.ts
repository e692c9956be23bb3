import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";

/** What became of a call: the gRPC status, or how its stream ended without one. */
interface RawOutcome {
  readonly status: number | undefined;
  readonly message: string;
  /** HTTP/2 error code of the stream's end. */
  readonly reset: number;
}

/** A gRPC call in the hands of a test: bytes are sent, or not, as it likes. */
export interface RawCall {
  readonly stream: ClientHttp2Stream;
  readonly ended: Promise<RawOutcome>;
}

/** A connection of HTTP/2 without a gRPC library: it may leave things half done. */
export async function rawConnection(address: string): Promise<ClientHttp2Session> {
  const session = connect(`http://${address}`);
  session.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    session.once("connect", () => resolve());
    session.once("error", reject);
  });
  return session;
}

/** Sends the head of a call; its body is up to the caller. */
export function rawCall(session: ClientHttp2Session, path: string, metadata: Record<string, string> = {}): RawCall {
  const stream = session.request(
    { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...metadata },
    { endStream: false },
  );
  let status: number | undefined;
  let message = "";
  const note = (headers: Record<string, unknown>) => {
    if (headers["grpc-status"] === undefined) return;
    status = Number(headers["grpc-status"]);
    message = decodeURI(String(headers["grpc-message"] ?? ""));
  };
  stream.on("response", note);
  stream.on("trailers", note);
  stream.on("error", () => {});
  stream.resume();
  const ended = new Promise<RawOutcome>((resolve) => {
    stream.once("close", () => resolve({ status, message, reset: stream.rstCode ?? 0 }));
  });
  return { stream, ended };
}

/** The five bytes before a message of `length` bytes. */
export function frameHead(length: number, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(length, 1);
  return head;
}

/** A message as it travels. */
export function frame(body: Uint8Array): Buffer {
  return Buffer.concat([frameHead(body.length), body]);
}
