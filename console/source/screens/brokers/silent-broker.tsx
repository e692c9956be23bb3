import type { MissingBroker } from "../../../../runtime/operations/documents/front.js";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { visible } from "../../parts/text/clip.ts";
import { Time } from "../../parts/text/time.tsx";

interface Props {
  readonly missing: MissingBroker;
  /** When its last status was taken; null: it never answered this page. */
  readonly last: string | null;
  /** No broker answers. */
  readonly alone: boolean;
}

/** A broker that does not answer, or is too old. */
export function SilentBroker({ missing: { broker, code, message }, last, alone }: Props) {
  return (
    <section class="broker silent" aria-label={`Broker ${visible(broker)}`}>
      <div class="broker-head">
        <h2 class="mono">{visible(broker)}</h2>
        <StateMark of="stopped" word="no answer" />
        <span class="muted mono">{code}</span>
      </div>
      <p>{visible(message)}</p>
      {last !== null && (
        <p class="muted">
          It answered last <Time at={last} />.
        </p>
      )}
      {alone && (
        <p class="hint">
          <strong>What to do</strong> Look whether its process runs (
          <code>npx taskwire doctor --broker {visible(broker)}</code>
          ), and whether this address is the one that it listens on.
        </p>
      )}
    </section>
  );
}
