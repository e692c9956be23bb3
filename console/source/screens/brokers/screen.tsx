import { live } from "../../data/live.ts";
import { LiveWaiting } from "../../parts/page/live-waiting.tsx";
import { Page } from "../../parts/page/page.tsx";
import { BrokerCard } from "./broker-card.tsx";
import { SilentBroker } from "./silent-broker.tsx";
import "./brokers.css";

/** Each broker: how it is, what it reads, and how near its limits are. */
export function Brokers() {
  const brokers = live.brokers.value;
  const missing = live.missing.value;
  const answering = brokers.filter(({ broker }) => missing.every((each) => each.broker !== broker));
  return (
    <Page title="Brokers and log">
      {brokers.length === 0 && missing.length === 0 && <LiveWaiting what="The state of the brokers" rows={8} />}
      {missing.map((each) => (
        <SilentBroker
          key={each.broker}
          missing={each}
          last={brokers.find(({ broker }) => broker === each.broker)?.at ?? null}
          alone={answering.length === 0}
        />
      ))}
      {answering.map((each) => (
        <BrokerCard key={each.broker} broker={each} />
      ))}
    </Page>
  );
}
