import { TaskwireError } from "taskwire";

/** A volume file that is no table of flights; nothing of it was loaded. */
export class FlightsFileError extends TaskwireError {
  constructor(file: string, line: number, problem: string) {
    super("flights_file", `${file}:${line}: ${problem}`);
  }
}

/** A process of the example was started without a variable it needs. */
export class MissingVariable extends TaskwireError {
  constructor(name: string, holds: string) {
    super(
      "missing_variable",
      `the environment variable ${name} is not set: expected ${holds}; \`npm run demo\` sets it`,
    );
  }
}

/** A sampling option holds what no option of its kind can. */
export class WrongOption extends TaskwireError {
  constructor(name: string, found: unknown) {
    super(
      "wrong_option",
      `expected the option ${name} to be a number or null, got ${typeof found === "number" ? found : JSON.stringify(found)}`,
    );
  }
}
