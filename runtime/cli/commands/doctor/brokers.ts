import { createServer } from "node:net";
import { codeOf, messageOf } from "../../../base/errors.js";
import { dataPath } from "../../../base/files/data-folder.js";
import type { EnvironmentModel, Model } from "../../../model/model.js";
import { diagnose } from "../../../operations/diagnose/diagnose.js";
import type { Observed } from "../../../operations/diagnose/finding.js";
import { knownSchedules } from "../../known-schedules.js";
import { lookAt } from "../../look.js";
import { type Check, failed, ok } from "./check.js";
import { letterChecks } from "./letters.js";

interface Brokers {
  readonly brokers: readonly string[];
  /** Whether somebody named them; without it, no broker is no problem. */
  readonly named: boolean;
  readonly model: Model | undefined;
  readonly environment: EnvironmentModel | undefined;
  readonly data: string | undefined;
}

/** Whether the brokers answer and accept this process's calls, and what is wrong with them. */
export async function brokerChecks(options: Brokers): Promise<Check[]> {
  const { brokers, named, model, environment, data } = options;
  const { observed, silent } = await lookAt(brokers);
  const schedules =
    model === undefined || environment === undefined
      ? undefined
      : await knownSchedules({ model, environment, data, observed });
  const absent: Check[] = [];
  for (const { broker, error, hint } of silent)
    absent.push(await silentCheck(broker, hint === undefined ? error : `${error}; ${hint}`, named));
  return [
    ...absent,
    ...observed.map(({ broker, status }) =>
      ok(
        `broker ${broker}`,
        `the broker at ${broker} answers: pool ${status.pool} of environment ${status.environment}, taskwire ${status.broker.version}`,
      ),
    ),
    ...observed.flatMap((each) => sameFolder(each, environment, data)),
    ...(await letterChecks(observed)),
    ...diagnose(observed, { models: model === undefined ? [] : [model], schedules })
      // The check of dead letters says it of every pool, also where the broker's status does not know.
      .filter(({ code }) => code !== "letters_deleted_soon")
      .map(
        ({ code, level, text, evidence, hint }): Check => ({
          check: code,
          level: level === "stopped" ? "fail" : "warn",
          text,
          evidence,
          hint,
        }),
      ),
  ];
}

async function silentCheck(broker: string, error: string, named: boolean): Promise<Check> {
  const check = `broker ${broker}`;
  const refused = /rejects the call|another version/.test(error);
  if (named || refused) return failed(check, error, "start the broker, or correct its address or the secrets");
  const taken = await portProblem(broker);
  if (taken === undefined) return ok(check, `no broker runs at ${broker}; the port is free`);
  return {
    check,
    level: "warn",
    text: `no broker answers at ${broker}, and the port cannot be used: ${taken}`,
    hint: "stop the program that listens there, or give the broker another port with --listen HOST:PORT",
  };
}

/** Why nothing can listen there; undefined: it can. */
function portProblem(address: string): Promise<string | undefined> {
  const at = address.lastIndexOf(":");
  const host = address.slice(0, at).replace(/^\[|\]$/g, "");
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error) => done(codeOf(error) === "EADDRINUSE" ? "it is in use" : messageOf(error)));
    server.listen(Number(address.slice(at + 1)), host, () => server.close(() => done(undefined)));
  });
}

/** A producer that uses another folder sends to a log that the broker never reads. */
function sameFolder(
  { broker, status }: Observed,
  environment: EnvironmentModel | undefined,
  data: string | undefined,
): Check[] {
  const own = dataPath(data);
  const embedded = environment?.clusters.some(({ kind }) => kind === "sqlite") === true;
  if (!embedded || own === undefined || !/^(127\.|localhost:|\[::1\])/.test(broker)) return [];
  if (status.environment !== environment?.name)
    return [
      {
        check: "environment",
        level: "warn",
        text: `the broker at ${broker} works for environment ${status.environment}, this process for ${environment?.name ?? ""}`,
        hint: "set TASKWIRE_ENV to the same name for all processes, or pass --env",
      },
    ];
  if (status.data === own)
    return [ok("data_of_broker", `this process and the broker at ${broker} share the data folder`)];
  return [
    {
      check: "data_of_broker",
      level: "fail",
      text: "this process and the broker use different data folders: what is sent here is never read there",
      evidence: [`here: ${own}`, `the broker at ${broker}: ${status.data}`],
      hint: "set TASKWIRE_DATA for both to the same folder",
    },
  ];
}
