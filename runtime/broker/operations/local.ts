import { OperationError } from "../../operations/errors.js";
import type { LocalVerbs } from "../../operations/verb.js";
import { type Operations, runVerb } from "./run-verb.js";

/** The verbs for callers of this process. Requests and answers are JSON in between, as over a wire. */
export function localVerbs(operations: Operations): LocalVerbs {
  const verbs = new Map(operations.verbs.map((verb) => [verb.name, verb]));
  return {
    status: operations.status,
    run: async (name, asked, caller) => {
      const verb = verbs.get(name);
      if (verb === undefined) throw new Error(`this broker has no verb ${name}`);
      const request: unknown = JSON.parse(JSON.stringify(asked));
      return runVerb(operations, verb, request, caller, (role) => {
        if (!caller.may(role))
          throw new OperationError("forbidden", "role_refused", `${name} needs the right "${role}"`);
        operations.admitLocal(role);
      });
    },
  };
}
