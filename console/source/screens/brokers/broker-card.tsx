import type { ComponentChildren } from "preact";
import type { LiveBroker } from "../../data/live.ts";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { visible } from "../../parts/text/clip.ts";
import { Clipped } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { bytes, plural } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import { LimitBar } from "./limit-bar.tsx";
import { diskOf } from "./limits.ts";
import { remarksOf } from "./remarks.ts";
import { Topics } from "./topics.tsx";

/** From here on a clock is named as wrong, milliseconds. */
const NOTABLE_SKEW = 1000;

export function BrokerCard({ broker: { broker, at, status } }: { readonly broker: LiveBroker }) {
  const { notReady, pool, environment, broker: own, process, journal, clockSkew } = status;
  const remarks = remarksOf(status);
  return (
    <section class="broker" aria-label={`Broker ${visible(broker)}`}>
      <div class="broker-head">
        <h2 class="mono">{visible(broker)}</h2>
        {notReady.length === 0 ? <StateMark of="fine" word="ready" /> : <StateMark of="stopped" word="not ready" />}
        <span class="muted">
          pool {visible(pool)} of {visible(environment)}
        </span>
        <span class="muted broker-age">
          as of <Time at={at} />
        </span>
      </div>
      {notReady.map(({ code, message }) => (
        <p key={code} class="not-ready">
          <span class="mono">{code}</span> {visible(message)}
        </p>
      ))}
      <dl class="facts">
        <Fact name="Version">{own.version}</Fact>
        <Fact name="Started">
          <Time at={own.startedAt} />
        </Fact>
        <Fact name="Memory">{bytes(process.rss)}</Fact>
        <Fact name="Loop lag, p99">
          {process.loopLag === null ? <span class="muted">not measured yet</span> : durationWords(process.loopLag)}
        </Fact>
        <Fact name="Commit under way">
          {journal.commitAge === null ? <span class="muted">none</span> : durationWords(journal.commitAge)}
        </Fact>
        <Fact name="Clock">
          {Math.abs(clockSkew) < NOTABLE_SKEW
            ? "agrees with the system"
            : `system time is ${durationWords(clockSkew)} ${clockSkew > 0 ? "ahead" : "behind"}`}
        </Fact>
        <Fact name="Workers">{plural(status.sessions.filter(({ lost }) => !lost).length, "session")}</Fact>
        <Fact name="Data folder">
          <Clipped text={status.data} longest={44} mono />
        </Fact>
      </dl>
      <div class="broker-disk">
        <LimitBar of={diskOf(status)} format={bytes} />
      </div>
      <Topics status={status} />
      {remarks.length > 0 && (
        <ul class="remarks">
          {remarks.map((remark) => (
            <li key={remark}>{visible(remark)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
