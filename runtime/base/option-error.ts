import { acrossCopies } from "./across-copies.js";
import { TaskwireError } from "./errors.js";

/** An option of `.delay()`, or of a function of this package, is invalid. */
export class OptionError extends TaskwireError {
  static {
    acrossCopies(OptionError, "OptionError");
  }

  /** `where`: the task, as `<namespace>.<task>`, or the function that was called. */
  constructor(where: string, message: string) {
    super("bad_option", `${where}: ${message}`);
  }
}

/** Throws OptionError unless `options` is an object with no other names than these; `what` names it in the message. */
export function checkNames(where: string, what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new OptionError(where, `${what}: expected an object, got ${kindOf(options)}`);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new OptionError(where, `${what}: expected ${listed(known)}, got "${name}"`);
  }
}

/** The kind of a wrong value, in a word or two, or the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return JSON.stringify(value).slice(0, 80);
  if (typeof value !== "object") return typeof value === "number" ? String(value) : `a ${typeof value}`;
  const { name = "" }: { name?: string } = Object.getPrototypeOf(value)?.constructor ?? {};
  return name === "" || name === "Object" ? "an object" : `a ${name}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
