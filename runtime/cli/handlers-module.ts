import { TaskwireError } from "../base/errors.js";
import { packageConfig } from "./package-config.js";

/** The module of handlers: as the flag names it, else by package.json. Throws TaskwireError `no_handlers`. */
export function handlersModule(flag: string | undefined): string {
  const module = flag ?? packageConfig().handlers;
  if (module === undefined) {
    throw new TaskwireError(
      "no_handlers",
      'no handlers module: pass --handlers MODULE, or set it in package.json: "taskwire": { "handlers": "dist/handlers.js" }',
    );
  }
  return module;
}
