/** Limit on the causes of an error, and on the classes in its prototype chain: getters and proxies may be endless. */
const MOST_LINKS = 100;

/** The error and its causes, each once. */
export function chainOf(error: unknown): Error[] {
  const chain = new Set<Error>();
  for (let at = error; at instanceof Error && !chain.has(at) && chain.size < MOST_LINKS; at = at.cause) chain.add(at);
  return [...chain];
}

/** `name`, and the class names of the whole prototype chain. */
export function namesOfOne(error: Error): Set<string> {
  const names = new Set([error.name]);
  let type: unknown = Object.getPrototypeOf(error);
  for (let links = 0; type instanceof Object && links < MOST_LINKS; links += 1, type = Object.getPrototypeOf(type)) {
    if (type.constructor !== Object) names.add(type.constructor.name);
  }
  return names;
}

/** Names of the error and of its causes. */
export function namesOf(error: unknown): Set<string> {
  return new Set(chainOf(error).flatMap((each) => [...namesOfOne(each)]));
}

/**
 * The name to show for an error: its own or its class's `name`, else the name of the class. Most classes set no `name` and
 * inherit "Error".
 */
export function labelOf(error: Error): string {
  if (Object.hasOwn(error, "name")) return error.name;
  const type: unknown = Object.getPrototypeOf(error);
  if (!(type instanceof Object) || Object.hasOwn(type, "name")) return error.name;
  const { name } = type.constructor;
  return name === "" ? error.name : name;
}

/**
 * The label and message of an error. `counted`, the name that the task's policy matched, is added where it differs: it may
 * be that of a base class or of a cause.
 */
export function headlineOf(error: Error, counted?: string): string {
  const label = labelOf(error);
  if (counted === undefined || counted === label) return `${label}: ${error.message}`;
  if (namesOfOne(error).has(counted)) return `${label} (${counted}): ${error.message}`;
  const cause = chainOf(error).find((each) => namesOfOne(each).has(counted));
  if (cause === undefined) return `${label}: ${error.message}`;
  const its = labelOf(cause);
  return `${label}: ${error.message}; caused by ${its === counted ? its : `${its} (${counted})`}: ${cause.message}`;
}
