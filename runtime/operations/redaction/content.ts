import type { Activation } from "../../activation/activation.js";
import { readMsgpack } from "../../activation/arguments/read-msgpack.js";
import { decodeActivation } from "../../activation/encoding/codec.js";
import { contentSize, decompress } from "../../activation/encoding/zstd.js";
import { scanJson } from "../../activation/parameter/scan.js";
import { messageOf } from "../../base/errors.js";
import { exactJson } from "../../base/exact-json.js";
import type { Model, TaskModel } from "../../model/model.js";
import type { ActivationContent, ShownParameter } from "../documents/content.js";
import { editableText } from "../editable.js";
import { type KnownTask, knownTask } from "../known-task.js";
import { hasSensitive, isCalled, isFields, ModelValues, typeText } from "./model-value.js";
import { type CoversName, coveringNames } from "./name-patterns.js";
import { COVERED, shownBytes, shownFields, shownValue } from "./shown-value.js";

/** Compressed parameters up to this size are opened without being asked for. */
const OPENED_BYTES = 1024 * 1024;
const NO_NAMES: CoversName = () => false;

export interface ContentOptions {
  /** What the tasks of applications take; several where applications share a pool. */
  readonly models: readonly Model[];
  /** Shows covered values, too: for those who may see them. */
  readonly reveal: boolean;
  /** Opens large compressed parameters, too. */
  readonly large: boolean;
  /** Names that are covered where no schema says what is sensitive. Default: the usual ones. */
  readonly covers?: CoversName | undefined;
}

/** What an encoded activation holds, with sensitive values covered. */
interface ReadContent {
  readonly content: ActivationContent;
  /** The text with covered values of this activation covered in it, as far as they occur in it as they are. */
  readonly coverIn: (text: string) => string;
  /** Its parameters in the JSON form of `taskwire send`; undefined: no model has the task, or a value is covered. */
  readonly editable: string | undefined;
}

/** `bytes`: the record of an activation, or what should have been one. */
export async function readContent(bytes: Uint8Array, options: ContentOptions): Promise<ReadContent> {
  const covers = options.reveal ? NO_NAMES : (options.covers ?? coveringNames());
  const covered = new Set<string>();
  const { content, editable } = await contentOf(bytes, options, covers, covered);
  const longestFirst = [...covered].sort((one, other) => other.length - one.length);
  return {
    content,
    editable: isCovered(content.parameters) ? undefined : editable?.(),
    coverIn: (text) => longestFirst.reduce((rest, value) => rest.replaceAll(value, "[covered]"), text),
  };
}

async function contentOf(
  bytes: Uint8Array,
  options: ContentOptions,
  covers: CoversName,
  covered: Set<string>,
): Promise<{ readonly content: ActivationContent; readonly editable?: () => string | undefined }> {
  let activation: Activation;
  try {
    activation = decodeActivation(bytes);
  } catch (error) {
    return { content: { headers: {}, parameters: unreadable(bytes, error, false) } };
  }
  const headers = shownFields(Object.fromEntries(activation.headers), covers, covered);
  const known = knownTask(options.models, activation);
  try {
    const call = await callOf(activation, options.large);
    if (typeof call === "number") return { content: { headers, parameters: { kind: "large", bytes: call } } };
    if (known === undefined) {
      const args = call.args.map((value) => shownValue(value, covers, covered));
      const kwargs = shownFields(call.kwargs, covers, covered);
      return { content: { headers, parameters: { kind: "unnamed", args, kwargs } } };
    }
    const parameters = named(known, call, options.reveal, covers, covered);
    return {
      content: { headers, parameters: { kind: "named", parameters } },
      editable: () => editableText(known.model, known.task.parameters, byName(known.task, call)),
    };
  } catch (error) {
    const found = activation.legacyParameters;
    const source = found === undefined ? activation.parameters : new TextEncoder().encode(found);
    const secret = known !== undefined && hasSensitive(known.model, known.task.parameters);
    return { content: { headers, parameters: unreadable(source, error, secret && !options.reveal) } };
  }
}

/** Whether something of the parameters is not shown. */
function isCovered(shown: unknown): boolean {
  if (typeof shown !== "object" || shown === null) return false;
  return shown === COVERED || Object.values(shown).some(isCovered);
}

/** The arguments by the names of the schema, positional ones included. */
function byName(task: TaskModel, { args, kwargs }: Call): ReadonlyMap<string, unknown> {
  const positional = args.map((value, index): [string, unknown] =>
    index < task.parameters.length
      ? [task.parameters[index]?.name ?? "", value]
      : beyond(task, value, index - task.parameters.length),
  );
  return new Map([...positional, ...Object.entries(kwargs)]);
}

interface Call {
  readonly args: readonly unknown[];
  readonly kwargs: object;
}

/** The arguments; a number: they are so many bytes when they are opened, and stay closed. */
async function callOf(activation: Activation, large: boolean): Promise<Call | number> {
  const { parameters, legacyParameters, headers } = activation;
  if (legacyParameters !== undefined) {
    const fault = scanJson(legacyParameters);
    if (fault !== undefined) throw new Error(`JSON that cannot be read: ${fault}`);
    return asCall(exactJson(legacyParameters));
  }
  if (parameters.length === 0) return { args: [], kwargs: {} };
  if (headers.get("compression-type") !== "zstd") return asCall(readMsgpack(parameters));
  const size = contentSize(parameters);
  if (size > OPENED_BYTES && !large) return size;
  return asCall(readMsgpack(await decompress(parameters)));
}

function asCall(decoded: unknown): Call {
  if (isFields(decoded)) {
    const fields = new Map<string, unknown>(Object.entries(decoded));
    const args = fields.get("args") ?? [];
    const kwargs = fields.get("kwargs") ?? {};
    if (Array.isArray(args) && isFields(kwargs)) return { args, kwargs };
  }
  throw new Error("the parameters are not a map of args and kwargs");
}

/** By name in the order of the schema; behind them what the schema does not have. */
function named(
  { model, task }: KnownTask,
  { args, kwargs }: Call,
  reveal: boolean,
  covers: CoversName,
  covered: Set<string>,
): ShownParameter[] {
  const values = new ModelValues(model, covers, reveal, covered);
  const left = new Map<string, unknown>(Object.entries(kwargs));
  const declared = task.parameters.map((field, index): ShownParameter => {
    const type = typeText(field.type);
    const name = [...left.keys()].find((each) => isCalled(field, each));
    if (name === undefined && index >= args.length) {
      return { name: field.name, type, value: null, absent: true, covered: false };
    }
    const value = values.field(field, name === undefined ? args[index] : left.get(name));
    if (name !== undefined) left.delete(name);
    return { name: field.name, type, value, absent: false, covered: value === COVERED };
  });
  const undeclared = [...left, ...args.slice(task.parameters.length).map((value, index) => beyond(task, value, index))];
  return [
    ...declared,
    ...undeclared.map(([name, value]): ShownParameter => {
      const shown = values.undeclared(name, value);
      return { name, type: null, value: shown, absent: false, covered: shown === COVERED };
    }),
  ];
}

/** An argument behind those of the schema. */
function beyond(task: TaskModel, value: unknown, index: number): [string, unknown] {
  return [`args[${task.parameters.length + index}]`, value];
}

function unreadable(bytes: Uint8Array, error: unknown, covered: boolean) {
  const { $bytes: hex, length } = shownBytes(bytes);
  return { kind: "unreadable" as const, problem: messageOf(error), hex: covered ? null : hex, bytes: length };
}
