import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { milliseconds } from "../base/duration.js";
import { messageOf } from "../base/errors.js";
import type { ModelHashes } from "../broker/index.js";
import { NO_ENVIRONMENT, named, UnknownNameError } from "../model/environment.js";
import { loadModel } from "../model/load.js";
import type { EnvironmentModel, Model } from "../model/model.js";
import { packageConfig } from "./package-config.js";

/** Options that several commands share. */
export const schemaOption = () =>
  new Option("--schema <DIR>", "the folder of *.yaml files (default: package.json's taskwire block, else schema)");
export const outOption = () =>
  new Option("--out <DIR>", "the folder of generated files (default: package.json's taskwire block, else generated)");
export const modelOption = () =>
  new Option(
    "--model <FILE>",
    "the generated taskwire.json (default: in the output folder of package.json's taskwire block)",
  );
/** The process works with the first one; its console reads parameters by all of them. */
export const modelsOption = () =>
  new Option(
    "--model <FILE>",
    "the generated taskwire.json (default: in the output folder of package.json's taskwire block); repeatable: the console reads parameters of further applications by further ones",
  ).argParser((value: string, before: readonly string[] = []) => [...before, value]);
export const environmentOption = (description = "the environment") =>
  new Option("--env <NAME>", description).env("TASKWIRE_ENV").default("local");
export const dataOption = () =>
  new Option("--data <DIR>", "the data folder (default: TASKWIRE_DATA, else .taskwire beside package.json)");
export const isolationOption = () =>
  new Option("--isolation <KIND>", "where handlers run: in child processes, or in the worker's own process")
    .choices(["process", "none"])
    .default("process");

export const httpOption = () =>
  new Option("--http <HOST:PORT>", "health, metrics and status over HTTP: /healthz, /readyz, /metrics, /api/status")
    .default("127.0.0.1:50052")
    .argParser(address);
export const runtimeConfigOption = () =>
  new Option("--runtime-config <FILE>", "YAML file that drops or demotes activations; reloaded when it changes");
export const historyOption = () =>
  new Option(
    "--history <0|1>",
    "keep how the last activations ended, in memory and in history/ of the data folder; 0: neither",
  )
    .choices(["0", "1"])
    .default("1");
/** What startBroker gets for it. */
export const historyOf = (kept: "0" | "1") => (kept === "0" ? "none" : "file");
export const SECURITY_HELP = `
Environment:
  TASKWIRE_SECRETS   JSON list of the RPC secrets, the first signs; or @FILE, reloaded on change and at SIGHUP
  TASKWIRE_TLS_CERT, TASKWIRE_TLS_KEY   PEM files of this process's certificate and its key
  TASKWIRE_TLS_CA    PEM file of the authority that must have signed the peer's certificate
                     Broker, worker and dev reload all three on change and at SIGHUP, for new connections
`;

export const brokersOption = () =>
  new Option("--broker <HOST:PORT[,HOST:PORT]>", "the brokers")
    .env("TASKWIRE_BROKERS")
    .default(["127.0.0.1:50051"], "127.0.0.1:50051")
    .argParser(addresses);

/** The model, for commands that say more with it; undefined when none is named and the default file does not exist. */
export async function modelIfAny(file: string | undefined): Promise<Model | undefined> {
  const path = file ?? join(packageConfig().out, "taskwire.json");
  return file === undefined && !existsSync(path) ? undefined : modelOf(path);
}

/** What the commands that run a broker have alike: which broker, where it listens and where its files are. */
export interface BrokerPlaceFlags {
  readonly model?: readonly string[];
  readonly env: string;
  readonly pool: string;
  readonly listen: string;
  readonly http: string;
  readonly runtimeConfig?: string;
  readonly history: "0" | "1";
  readonly data?: string;
}

/** The models of these files, in their order. */
export function modelsOf(files: readonly string[]): Promise<readonly Model[]> {
  return Promise.all(files.map(modelOf));
}

export function modelOf(file: string | undefined): Promise<Model> {
  return loadModel(file ?? join(packageConfig().out, "taskwire.json"));
}

export function environmentOf(model: Model, name: string): EnvironmentModel {
  if (model.environments.length === 0) throw new UnknownNameError("environment", name, [], `; ${NO_ENVIRONMENT}`);
  return named("environment", model.environments, name);
}

/** Hashes that the broker compares with its workers' tasks, and the tasks' owners. */
export function hashesOf({ application, namespaces }: Model): ModelHashes {
  const own = namespaces.filter(({ external }) => external === undefined).flatMap(({ tasks }) => tasks);
  const named = own.flatMap((task) => [task.name, ...(task.formerly ?? [])].map((name) => [name, task] as const));
  return {
    application,
    byTask: new Map(named.map(([name, { hash }]) => [name, hash])),
    owners: new Map(named.flatMap(([name, { owner }]) => (owner === undefined ? [] : [[name, owner] as const]))),
  };
}

const LARGEST_PORT = 65_535;

export function address(value: string): string {
  const [, port] = /^(?:\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(value) ?? [];
  if (port === undefined || Number(port) > LARGEST_PORT)
    throw new InvalidArgumentError(`Expected HOST:PORT, got "${value}".`);
  return value;
}

export function addresses(value: string): string[] {
  return value.split(",").map((each) => address(each.trim()));
}

const SIZE_UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Bytes. A bare number or a decimal unit would be ambiguous. */
export function size(value: string): number {
  const [, number = "", unit = ""] = /^(\d+)(KiB|MiB|GiB|TiB)$/.exec(value) ?? [];
  const bytes = Number(number) * (SIZE_UNITS[unit] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes) || bytes === 0)
    throw new InvalidArgumentError(`Expected a size such as 512MiB or 2GiB, got "${value}".`);
  return bytes;
}

/** Milliseconds. */
export function duration(value: string): number {
  try {
    return milliseconds(value);
  } catch (error) {
    throw new InvalidArgumentError(`${messageOf(error)}.`);
  }
}

/** The wire carries 32 bits. */
const LARGEST_NUMBER = 2 ** 31 - 1;
const DIGITS = /^\d+$/;

/** 0 means none. */
export function wholeNumber(value: string): number {
  return value === "0" ? 0 : positiveInteger(value);
}

export function positiveInteger(value: string): number {
  const number = DIGITS.test(value) ? Number(value) : Number.NaN;
  if (!(number >= 1 && number <= LARGEST_NUMBER))
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${LARGEST_NUMBER}, in digits, got "${value}".`);
  return number;
}
