import { exactJson, JsonError } from "../../base/exact-json.js";
import { OperationError } from "../../operations/errors.js";
import type { RequestReader } from "../../operations/request.js";

/** The body of a request is not larger. */
const LONGEST = 1024 * 1024;

/**
 * `parameters` of a request: JSON as text in the form of `taskwire send`, so that integers of any size survive. Throws
 * OperationError `bad_json`.
 */
export function parametersIn(reader: RequestReader): unknown {
  const text = reader.requiredText("parameters", LONGEST);
  try {
    return exactJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new OperationError("invalid", "bad_json", `parameters: expected JSON as text, found ${error.message}`, {
      field: "parameters",
      cause: error,
    });
  }
}
