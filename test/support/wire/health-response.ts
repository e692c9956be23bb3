import { BinaryReader } from "@bufbuild/protobuf/wire";

/** Whether the status of the response is SERVING. */
export function decodeHealthResponse(bytes: Uint8Array): boolean {
  const reader = new BinaryReader(bytes);
  let serving = false;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === 0) serving = reader.uint32() === 1;
    else reader.skip(type, field);
  }
  return serving;
}
