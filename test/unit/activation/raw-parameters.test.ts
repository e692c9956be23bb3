import { encode } from "@msgpack/msgpack";
import { expect, it } from "vitest";
import { rawActivation } from "#runtime/activation/raw.js";
import type { TaskFacts } from "#runtime/activation/task.js";

const facts: TaskFacts = {
  key: "raw.task",
  name: "task",
  namespace: "raw",
  application: "app",
  hash: "",
  processingDeadline: 1000,
};

it.each([0, 1, 255, 256, 65_535, 65_536, 1_000_000])(
  "the parameters of a raw record of %i bytes are its bytes as one argument, as MessagePack has them",
  (length) => {
    const value = new Uint8Array(length).fill(7);
    const { parameters } = rawActivation(facts, "00", { value }, 0);
    expect(Buffer.compare(parameters, encode({ args: [value], kwargs: {} }))).toBe(0);
  },
);
