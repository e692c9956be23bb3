import { createHash, randomUUID } from "node:crypto";

/** A new activation id: 32 hex digits, as the clients of the Rust taskbroker create them. */
export function newId(): string {
  return randomUUID().replaceAll("-", "");
}

/** RFC 9562 version 5: the same namespace and name give the same uuid (36 characters). */
export function uuidv5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll("-", ""), "hex");
  const hash = createHash("sha1").update(space).update(name, "utf8").digest();
  const bytes = hash.subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A 64-bit hash of an id, unsigned: two ids collide with a probability of 1 in 2^64. */
export function hash64(id: string): bigint {
  return createHash("sha1").update(id).digest().readBigUInt64LE(0);
}
