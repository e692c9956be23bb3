import type { WireParameters } from "../activation/parameters.js";
import type { Environments, TaskFacts } from "../activation/task.js";
import { checkNames, kindOf, OptionError } from "../base/option-error.js";
import { checkCopies, shared } from "../base/shared.js";
import { checkNamespace, NO_ENVIRONMENT } from "../model/environment.js";
import type { EnvironmentModel } from "../model/model.js";
import { type Client, type ConnectOptions, LogClient } from "./client.js";
import { ConnectError } from "./errors.js";

interface ProcessClients {
  /** Made by `connect`. */
  explicit: LogClient | undefined;
  /** Made by the first call without `connect`. */
  implicit: LogClient | undefined;
  standIn: StandIn;
}

const clients = shared<ProcessClients>("clients", () => ({
  explicit: undefined,
  implicit: undefined,
  standIn: () => undefined,
}));

/**
 * Connects this process: its calls go to this client until the client is closed or disposed. `environment`: one of the
 * generated code, or its name, which is looked up in the generated code of the first call. Throws ConnectError and
 * OptionError.
 */
export async function connect(environment: EnvironmentModel | string, options: ConnectOptions = {}): Promise<Client> {
  checkCopies();
  checkConnect(environment, options);
  if (clients.explicit !== undefined) {
    throw new ConnectError(
      `this process is connected to environment "${clients.explicit.name}" already; close that client first`,
    );
  }
  clients.explicit = new LogClient(environment, options, released);
  return clients.explicit;
}

/** A closed client is no longer the process's own. */
function released(client: LogClient): void {
  if (clients.explicit === client) clients.explicit = undefined;
  if (clients.implicit === client) {
    clients.implicit = undefined;
    process.off("beforeExit", closeImplicit);
  }
}

function checkConnect(environment: unknown, options: ConnectOptions): void {
  const isModel = typeof environment === "object" && environment !== null && "clusters" in environment;
  if (!isModel && (typeof environment !== "string" || environment === "")) {
    throw new OptionError(
      "connect",
      `environment: expected one of the generated code, such as environments.local, or its name, got ${kindOf(environment)}`,
    );
  }
  checkNames("connect", "options", options, ["dataFolder"]);
  const { dataFolder } = options;
  if (dataFolder !== undefined && (typeof dataFolder !== "string" || dataFolder === ""))
    throw new OptionError("connect", `options.dataFolder: expected a path, got ${kindOf(dataFolder)}`);
}

/** Closes the process's client, if there is one. */
export async function close(): Promise<void> {
  await clients.explicit?.close();
  await clients.implicit?.close();
}

/** Open logs do not keep the process running; pending appends do. */
function closeImplicit(): void {
  void clients.implicit?.close();
}

/** A task that is called, without its types. */
export interface CalledTask extends TaskFacts {
  readonly environments: () => Environments;
  readonly parameters: () => { read(task: string, wire: WireParameters): Promise<unknown> };
}

/** The client that a call goes to; undefined: the process's own. */
type StandIn = (task: CalledTask) => LogClient | undefined;

/** From now on `standIn` chooses the client first: tests record calls, or send them to a broker of their own. */
export function standInForClient(standIn: StandIn): void {
  checkCopies();
  clients.standIn = standIn;
}

/**
 * The client that a call goes to: a stand-in, else the connected client, else one to TASKWIRE_ENV, made at the first call.
 * Throws ConnectError, and AbsentNamespaceError when the environment does not have the task's namespace.
 */
export function clientFor(task: CalledTask): LogClient {
  checkCopies();
  const client = chosenClient(task);
  checkNamespace(client.environment, task.namespace, task.key);
  return client;
}

function chosenClient(task: CalledTask): LogClient {
  const taken = clients.standIn(task);
  if (taken !== undefined) return taken;
  const { explicit } = clients;
  if (explicit !== undefined) {
    explicit.learn(task.environments);
    return explicit;
  }
  if (clients.implicit === undefined) {
    clients.implicit = new LogClient(implicitEnvironment(task.environments()), {}, released);
    process.once("beforeExit", closeImplicit);
  }
  return clients.implicit;
}

function implicitEnvironment(environments: Environments): EnvironmentModel {
  const { TASKWIRE_ENV: name, NODE_ENV: mode } = process.env;
  const known = Object.keys(environments).join(", ");
  if ((name === undefined || name === "") && (mode === "production" || mode === "test")) {
    throw new ConnectError(
      `NODE_ENV is "${mode}" and no environment is chosen: set TASKWIRE_ENV (known: ${known}), or call connect(environments.NAME) first`,
    );
  }
  const chosen = name === undefined || name === "" ? "local" : name;
  const environment = Object.hasOwn(environments, chosen) ? environments[chosen] : undefined;
  if (environment === undefined && known === "")
    throw new ConnectError(`unknown environment "${chosen}": ${NO_ENVIRONMENT}`);
  if (environment === undefined) throw new ConnectError(`TASKWIRE_ENV: expected one of ${known}, got "${chosen}"`);
  return environment;
}
