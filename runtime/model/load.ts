import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { codeOf, messageOf, TaskwireError } from "../base/errors.js";
import { withoutByteOrderMark } from "../base/files/byte-order-mark.js";
import type { Model } from "./model.js";

/** The model file is missing or invalid; `code` is model_missing or bad_model. */
export class ModelError extends TaskwireError {}

const CURE = "run `npx taskwire codegen` to write it, or name another with --model FILE";

/** Reads taskwire.json. Throws ModelError that names the file and the command to run. */
export async function loadModel(file: string): Promise<Model> {
  const path = resolve(file);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const why = codeOf(error) === "ENOENT" ? "does not exist" : `cannot be read (${messageOf(error)})`;
    throw new ModelError("model_missing", `the model file ${path} ${why}; ${CURE}`, { cause: error });
  }
  return parseModel(text, path);
}

/** Parses the text of a taskwire.json; `name` is for messages. Rejects with ModelError. Loads zod, which most processes do not need. */
export async function parseModel(text: string, name: string): Promise<Model> {
  let value: unknown;
  try {
    value = JSON.parse(withoutByteOrderMark(text));
  } catch (error) {
    throw new ModelError("bad_model", `the model file ${name} is not JSON: ${messageOf(error)}; ${CURE}`, {
      cause: error,
    });
  }
  const { faultsIn, isModel } = await import("./schema.js");
  if (isModel(value)) return value;
  throw new ModelError(
    "bad_model",
    `the model file ${name} does not match this version of taskwire; ${CURE}\n${faultsIn(value)}`,
  );
}
