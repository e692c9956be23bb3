import type { FieldModel, Model } from "../model/model.js";
import { OperationError } from "./errors.js";
import { isCalled } from "./redaction/model-value.js";

/** The conditions of a kill rule as the verb Kill takes them: by position and by keyword. Brokers check the values. */
interface KillConditions {
  readonly args?: object;
  readonly kwargs?: object;
}

/**
 * The conditions of a kill rule whose arguments are given by their names. A producer may send a parameter by position, by its
 * keyword or by a former one, and brokers have no schema: the rule has all that the models know. One that they do not know is
 * a keyword. `named`: values by name; undefined: none. Throws OperationError: bad_parameter, also for a sensitive parameter,
 * as the forecast would say its value.
 */
export function conditionsByName(models: readonly Model[], task: string, named: unknown): KillConditions {
  if (named === undefined) return {};
  if (typeof named !== "object" || named === null || Array.isArray(named))
    throw refused("args", `expected an object, such as {"group_id": 5}, found ${JSON.stringify(named).slice(0, 80)}`);
  const args = new Map<string, unknown>();
  const kwargs = new Map<string, unknown>();
  for (const [name, value] of Object.entries(named)) {
    kwargs.set(name, value);
    for (const { field, position } of parametersOf(models, task, name)) {
      if (field.sensitive === true)
        throw refused(
          `args.${name}`,
          "the parameter is sensitive, and the number of matches would say what its value is; leave it out",
        );
      args.set(String(position), value);
      for (const each of [field.name, ...(field.formerly ?? [])]) kwargs.set(each, value);
    }
  }
  return {
    ...(args.size === 0 ? {} : { args: Object.fromEntries(args) }),
    ...(kwargs.size === 0 ? {} : { kwargs: Object.fromEntries(kwargs) }),
  };
}

/** The parameters that are called so, of every application's task of that name. */
function parametersOf(
  models: readonly Model[],
  task: string,
  name: string,
): readonly { readonly field: FieldModel; readonly position: number }[] {
  return models
    .flatMap(({ namespaces }) => namespaces.flatMap(({ tasks }) => tasks))
    .filter((each) => each.name === task || each.formerly?.includes(task) === true)
    .flatMap(({ parameters }) => parameters.map((field, position) => ({ field, position })))
    .filter(({ field }) => isCalled(field, name));
}

function refused(field: string, problem: string): OperationError {
  return new OperationError("bad_request", "bad_parameter", `${field}: ${problem}`, { field });
}
