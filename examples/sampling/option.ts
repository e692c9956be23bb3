import { OPTION_DEFAULTS, type OptionName, type Options } from "taskwire/sampling";
import { WrongOption } from "./errors.js";

/** The value of an option; null when it was set to null, its default when it was not set. */
export async function optionOf(options: Options, name: OptionName): Promise<unknown> {
  const value = await options.get(name);
  return value === undefined ? OPTION_DEFAULTS[name] : value;
}

/** A number; `unset` when the option was set to null. Throws WrongOption for anything else, NaN included. */
export async function numberOption(options: Options, name: OptionName, unset: number): Promise<number> {
  const value = (await optionOf(options, name)) ?? unset;
  if (typeof value !== "number" || !Number.isFinite(value)) throw new WrongOption(name, value);
  return value;
}
