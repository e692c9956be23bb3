import type { Broker } from "kafkajs";

const METADATA_KEY = 3;
/** The first version with topic ids, a flexible one; brokers since 2.8 support it. */
const METADATA_VERSION = 10;
const ID_BYTES = 16;

interface Pool {
  send(request: {
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
    };
    readonly response: {
      readonly decode: (bytes: Buffer) => Promise<Map<string, string>>;
      readonly parse: (ids: Map<string, string>) => Promise<Map<string, string>>;
    };
    readonly requestTimeout?: number;
  }): Promise<Map<string, string>>;
}

/**
 * Ids of topics by name: a topic that is deleted and created again has another id. The protocol versions of kafkajs have no
 * ids, so the request is encoded here. Empty for clusters older than 2.8, and when kafkajs does not expose its connection.
 */
export async function topicIds(broker: Broker, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const pool: unknown = Reflect.get(broker, "connectionPool");
  if (!isSupported(broker) || !isPool(pool)) return new Map();
  return pool.send({
    request: {
      apiKey: METADATA_KEY,
      apiVersion: METADATA_VERSION,
      apiName: "Metadata",
      encode: async () => {
        const buffer = encodeRequest(topics);
        return { buf: buffer, buffer };
      },
    },
    response: { decode: async (bytes) => decodeResponse(bytes), parse: async (ids) => ids },
  });
}

function isSupported(broker: Broker): boolean {
  const versions: unknown = Reflect.get(broker, "versions");
  const range: unknown = typeof versions === "object" && versions !== null ? Reflect.get(versions, METADATA_KEY) : null;
  if (typeof range !== "object" || range === null) return false;
  const { minVersion, maxVersion } = { minVersion: NaN, maxVersion: NaN, ...range };
  return minVersion <= METADATA_VERSION && METADATA_VERSION <= maxVersion;
}

function isPool(value: unknown): value is Pool {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "send") === "function";
}

/** Begins with the tags at the end of a flexible request header. */
function encodeRequest(topics: readonly string[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from([0]), varint(topics.length + 1)];
  for (const topic of topics) {
    const name = Buffer.from(topic);
    parts.push(Buffer.alloc(ID_BYTES), varint(name.length + 1), name, Buffer.from([0]));
  }
  // No automatic creation, no authorized operations of cluster and topics, no tags.
  parts.push(Buffer.from([0, 0, 0, 0]));
  return Buffer.concat(parts);
}

function decodeResponse(bytes: Buffer): Map<string, string> {
  const reader = new Reader(bytes);
  reader.tags();
  reader.skip(4);
  for (let left = reader.count(); left > 0; left -= 1) {
    reader.skip(4);
    reader.text();
    reader.skip(4);
    reader.text();
    reader.tags();
  }
  reader.text();
  reader.skip(4);
  const ids = new Map<string, string>();
  for (let left = reader.count(); left > 0; left -= 1) {
    const failed = reader.int16() !== 0;
    const name = reader.text();
    const id = reader.bytes(ID_BYTES).toString("base64url");
    reader.skip(1);
    for (let partitions = reader.count(); partitions > 0; partitions -= 1) {
      reader.skip(2 + 4 + 4 + 4);
      for (let lists = 0; lists < 3; lists += 1) reader.skip(4 * reader.count());
      reader.tags();
    }
    reader.skip(4);
    reader.tags();
    if (!failed) ids.set(name, id);
  }
  return ids;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(count: number): void {
    this.#at += count;
  }

  bytes(count: number): Buffer {
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at);
      this.#at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** Length of a compact list; 0 for null, too. */
  count(): number {
    return Math.max(this.varint() - 1, 0);
  }

  text(): string {
    return this.bytes(this.count()).toString();
  }

  tags(): void {
    for (let left = this.varint(); left > 0; left -= 1) {
      this.varint();
      this.skip(this.varint());
    }
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
