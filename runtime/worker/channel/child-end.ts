import { Socket } from "node:net";
import { FrameReader, frameOf, writeAll } from "./frames.js";

/** Where a child finds its pipes, behind stdin, stdout, stderr and Node's own channel, which handlers may use as they like. */
export const CHANNEL_DESCRIPTOR = 4;
export const CONTROL_DESCRIPTOR = 5;

/** The child's end of a pipe to its supervisor. */
export interface ChildEnd {
  /** In the pipe when the call returns. */
  send(message: unknown): void;
  /** The pipe no longer keeps the process alive. */
  unref(): void;
}

/** `closed`: the supervisor is gone. Messages that are no frames mean the same. */
export function openChildEnd(descriptor: number, heard: (message: unknown) => void, closed: () => void): ChildEnd {
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  const reader = new FrameReader();
  socket.on("data", (piece: Buffer) => {
    for (const message of reader.push(piece)) heard(message);
  });
  socket.on("error", closed);
  socket.on("close", closed);
  return {
    send: (message) => writeAll(descriptor, frameOf(message)),
    unref: () => socket.unref(),
  };
}
