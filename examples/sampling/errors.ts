import { TaskwireError } from "taskwire";

/** A volume file that is no table of flights; nothing of it was loaded. */
export class FlightsFileError extends TaskwireError {
  constructor(file: string, line: number, problem: string) {
    super("flights_file", `${file}:${line}: ${problem}`);
  }
}

export class UnknownOrganization extends TaskwireError {
  constructor(organization: string) {
    super("unknown_organization", `organization "${organization}" has no volumes in the store; load them first`);
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
