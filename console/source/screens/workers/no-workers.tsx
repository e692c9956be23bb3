import type { Status } from "../../../../runtime/operations/status/document.js";
import { Empty } from "../../parts/page/states.tsx";
import { clip } from "../../parts/text/clip.ts";
import { CodeLine } from "../overview/code-line.tsx";

interface Props {
  readonly brokers: readonly (Pick<Status, "refused" | "pullClients" | "pushTargets"> & { readonly broker: string })[];
}

/** No session: how a worker is started, and why one may not get in. */
export function NoWorkers({ brokers }: Props) {
  const addresses = brokers.map(({ broker }) => broker);
  const command = `npx taskwire worker --broker ${addresses.join(",")}`;
  const refused = brokers.some((each) => each.refused.length > 0);
  const others = brokers.some(({ pullClients, pushTargets }) => pullClients.length + pushTargets.length > 0);
  return (
    <Empty title={`No worker is connected to ${clip(addresses.join(", "), 80)}`}>
      {others && <p>Work is fetched or pushed without a session; those are below.</p>}
      <p>Start one with the handlers of your application:</p>
      <CodeLine text={command} />
      <p class="muted">
        {refused
          ? "Calls were refused, as below: compare the secrets of workers and brokers."
          : "When the brokers have a secret (TASKWIRE_SECRETS), workers need the same one. No call was refused so far."}
      </p>
    </Empty>
  );
}
