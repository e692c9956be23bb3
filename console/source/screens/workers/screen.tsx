import { live } from "../../data/live.ts";
import { LiveWaiting } from "../../parts/page/live-waiting.tsx";
import { Page } from "../../parts/page/page.tsx";
import { plural } from "../../parts/text/number.ts";
import { ApplicationWorkers } from "./application-workers.tsx";
import { GoneWorkers } from "./gone-workers.tsx";
import { NoWorkers } from "./no-workers.tsx";
import { Refused } from "./refused.tsx";
import { PullClients, PushTargets } from "./sessionless.tsx";
import { groupsOf, workerFacts } from "./worker-facts.ts";
import "./workers.css";

/** Who runs the work: sessions by application and host, and those without a session. */
export function Workers() {
  const brokers = live.brokers.value.map(({ broker, status }) => ({ ...status, broker }));
  const missing = live.missing.value;
  const groups = groupsOf(
    workerFacts(
      { brokers },
      brokers.flatMap(({ hashDiffers }) => hashDiffers),
    ),
  );
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const slots = groups.reduce((sum, group) => sum + group.slots, 0);
  const processing = groups.reduce((sum, group) => sum + group.processing, 0);
  const refused = brokers.flatMap(({ refused: of, broker }) => of.map((each) => ({ ...each, broker })));
  return (
    <Page
      title="Workers"
      {...(count > 0
        ? {
            about: `${missing.length > 0 ? "At least " : ""}${plural(count, "worker")} with ${plural(slots, "slot")}; ${plural(processing, "activation")} handed out`,
          }
        : {})}
    >
      {brokers.length === 0 && missing.length === 0 && <LiveWaiting what="The list of workers" />}
      {brokers.length > 0 && groups.length === 0 && <NoWorkers brokers={brokers} />}
      {groups.map((group) => (
        <ApplicationWorkers key={group.application} group={group} several={brokers.length + missing.length > 1} />
      ))}
      <GoneWorkers />
      <PullClients brokers={brokers} />
      <PushTargets brokers={brokers} />
      <Refused calls={refused} several={brokers.length > 1} />
    </Page>
  );
}
