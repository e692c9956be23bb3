import { Socket } from "node:net";
import { FrameReader, frameOf, writeAll } from "./frames.js";

/**
 * The descriptors of a child's pipes, after stdin, stdout, stderr and Node's own channel, which handlers may use
 * freely.
 */
export const CHANNEL_DESCRIPTOR = 4;
export const CONTROL_DESCRIPTOR = 5;

/** The child's end of a pipe to its worker. */
interface ChildEnd {
  /** The message is in the pipe when the call returns. */
  send(message: unknown): void;
  /** The pipe no longer keeps the process alive. */
  unref(): void;
}

/** `closed`: called when the worker is gone, and for bytes that are not frames. */
export function openChildEnd(descriptor: number, received: (message: unknown) => void, closed: () => void): ChildEnd {
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  const reader = new FrameReader();
  socket.on("data", (piece: Buffer) => {
    for (const message of reader.push(piece)) received(message);
  });
  socket.on("error", closed);
  socket.on("close", closed);
  return {
    send: (message) => writeAll(descriptor, frameOf(message)),
    unref: () => socket.unref(),
  };
}
