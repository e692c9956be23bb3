import { BinaryReader } from "@bufbuild/protobuf/wire";

/** grpc.health.v1.HealthCheckRequest: the name of a service. Throws for bytes that cannot be decoded. */
export function decodeHealthRequest(bytes: Uint8Array): string {
  const reader = new BinaryReader(bytes);
  let service = "";
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === 2) service = reader.string();
    else reader.skip(type, field);
  }
  return service;
}

const SERVING = Buffer.from([0x08, 1]);
const NOT_SERVING = Buffer.from([0x08, 2]);

/** grpc.health.v1.HealthCheckResponse. */
export function encodeHealthResponse(serving: boolean): Buffer {
  return serving ? SERVING : NOT_SERVING;
}
