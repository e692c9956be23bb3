import { randomBytes } from "node:crypto";

/** The console of a run: the broker serves it to whoever has the token of this run. */
export interface DemoConsole {
  readonly token: string;
  /** Variables of the broker. */
  readonly environment: Readonly<Record<string, string>>;
  /** The address that signs in by itself. `http`: HOST:PORT of the broker. */
  link(http: string): string;
}

export function newConsole(): DemoConsole {
  const token = randomBytes(32).toString("base64url");
  return {
    token,
    environment: {
      TASKWIRE_CONSOLE_TOKENS: JSON.stringify([{ name: "demo", role: "operate", reveal: true, token }]),
    },
    link: (http) => `http://${http}/#token=${token}`,
  };
}
