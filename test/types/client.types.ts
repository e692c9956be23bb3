/** Compiled with the rest, never run: what the compiler knows of a client. */
import { connect } from "taskwire";
import { environments } from "../../generated/environments.js";

export async function client(): Promise<string> {
  await using connected = await connect(environments.local);
  // @ts-expect-error tasks append, callers do not
  await connected.append("issues", []);
  // @ts-expect-error the logs are the client's own
  await connected.log(environments.local.clusters[0]);
  await connected.close();
  return connected.environment.name;
}
