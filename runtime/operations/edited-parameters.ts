import { decodeHead } from "../activation/encoding/codec.js";
import { COMPRESSION_THRESHOLD_BYTES, compress } from "../activation/encoding/zstd.js";
import { ParameterError, type ParameterIssue } from "../activation/errors.js";
import { parametersOfModel } from "../activation/parameter/model-parameters.js";
import type { Model } from "../model/model.js";
import { OperationError } from "./errors.js";
import { knownTask } from "./known-task.js";

/** Parameters that fit, as ReplayLetters takes them; or every problem, by path, as `.delay()` would say them. */
export type EditedParameters =
  | { readonly fit: true; readonly parameters: string; readonly compressed: boolean }
  | { readonly fit: false; readonly issues: readonly ParameterIssue[] };

/**
 * Checks parameters in the JSON form of `taskwire send` for the task of a dead letter, and encodes them. `original`: the
 * letter's activation. Throws UndecodableError, and OperationError `unknown_task` when no model has the task.
 */
export async function editedParameters(
  models: readonly Model[],
  original: Uint8Array,
  json: unknown,
): Promise<EditedParameters> {
  const head = decodeHead(original);
  const known = knownTask(models, head);
  if (known === undefined) {
    const { task: name, application } = head;
    throw new OperationError(
      "invalid",
      "unknown_task",
      `task "${name.slice(0, 120)}" of application "${application.slice(0, 80)}" is in none of the models; name its application's taskwire.json with --model`,
      { field: "parameters" },
    );
  }
  const { model, namespace, task } = known;
  const key = `${namespace.name}.${task.key}`;
  const parameters = parametersOfModel(model, task);
  let written: Uint8Array;
  try {
    written = parameters.write(key, parameters.fromJson(key, json));
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return { fit: false, issues: error.issues };
  }
  const { compression } = task;
  const packs = compression === "zstd" || (compression === "auto" && written.length > COMPRESSION_THRESHOLD_BYTES);
  const packed = packs ? await compress(written) : undefined;
  const bytes = packed ?? written;
  return { fit: true, parameters: Buffer.from(bytes).toString("base64"), compressed: packed !== undefined };
}
