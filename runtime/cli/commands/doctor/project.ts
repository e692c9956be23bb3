import { existsSync } from "node:fs";
import { messageOf } from "../../../base/errors.js";
import type { EnvironmentModel, Model } from "../../../model/model.js";
import { counted, listed } from "../../../operations/diagnose/words.js";
import { codegenCommands } from "../../codegen-module.js";
import { environmentOf, modelOf } from "../../options.js";
import { packageConfig } from "../../package-config.js";
import { type Check, failed, ok } from "./check.js";

interface Project {
  readonly checks: readonly Check[];
  readonly model?: Model;
  readonly environment?: EnvironmentModel;
}

/** The model, whether it is what the schema says, and the environment. `named`: of --model; it is not the schema's here. */
export async function projectOf(named: string | undefined, environmentName: string): Promise<Project> {
  let model: Model;
  try {
    model = await modelOf(named);
  } catch (error) {
    return { checks: [failed("model", error, "run `npx taskwire codegen`, or name the file with --model FILE")] };
  }
  const tasks = model.namespaces.reduce((sum, namespace) => sum + namespace.tasks.length, 0);
  const checks = [
    ok("model", `the model of application "${model.application}" has ${counted(tasks, "task")}`),
    ...(named === undefined ? await schema() : []),
  ];
  try {
    const environment = environmentOf(model, environmentName);
    return { checks: [...checks, ok("environment", `environment "${environment.name}"`)], model, environment };
  } catch (error) {
    return { checks: [...checks, failed("environment", error, "pass --env NAME or set TASKWIRE_ENV")], model };
  }
}

/** Where only the generated files are deployed, there is nothing to compare. */
async function schema(): Promise<Check[]> {
  const settings = packageConfig();
  if (!existsSync(settings.schema)) return [ok("schema", `not compared: there is no schema folder ${settings.schema}`)];
  let said = "";
  const add = (text: string) => {
    said += text;
  };
  const io = { cwd: process.cwd(), out: add, err: add, colours: false };
  let code: number;
  try {
    const { codegenCommand } = await codegenCommands();
    const flags = { configuration: [], check: true, format: "text", json: false } as const;
    code = await codegenCommand({ settings: () => settings, ...flags }, io);
  } catch (error) {
    return [ok("schema", `not compared: ${messageOf(error)}`)];
  }
  if (code === 0) return [ok("schema", `the generated files are those of ${settings.schema}`)];
  return [
    {
      check: "schema",
      level: "fail",
      text: `the generated files are not what ${settings.schema} says: ${difference(said)}`,
      hint: "run `npx taskwire codegen`, and build and deploy again",
    },
  ];
}

/** From the diff of `codegen --check`, or the first problem of the schema. */
function difference(said: string): string {
  const files = [...said.matchAll(/^--- on disk\/(.*)$/gm)].map(([, file = ""]) => file);
  return files.length === 0
    ? (said.trim().split("\n", 1)[0] ?? "")
    : `${counted(files.length, "file")} ${files.length === 1 ? "differs" : "differ"}: ${listed(files)}`;
}
