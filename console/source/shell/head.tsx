import { useRef, useState } from "preact/hooks";
import { live } from "../data/live.ts";
import { linkTo, useHere } from "../data/location.ts";
import { refreshes } from "../data/query.ts";
import { person } from "../data/session.ts";
import { useShortcuts } from "../parts/keys/keys.ts";
import { Brand } from "./brand.tsx";
import { BrokerDots } from "./broker-dots.tsx";
import { Help } from "./help.tsx";
import { JobsPanel } from "./jobs-panel.tsx";
import { targetOf } from "./search.ts";
import { SettingsDialog } from "./settings-dialog.tsx";

type Panel = "help" | "jobs" | "settings";

export function Head() {
  const [panel, setPanel] = useState<Panel>();
  const { go } = useHere();
  const search = useRef<HTMLInputElement>(null);
  const is = person();
  useShortcuts("Page", [
    { keys: "/", label: "Search", run: () => search.current?.focus() },
    { keys: "r", label: "Refresh", run: () => refreshes.value++ },
    { keys: "?", label: "This help", run: () => setPanel("help") },
  ]);
  const running = (live.jobs.value?.jobs ?? []).filter(({ state }) => state === "running" || state === "cancelling");
  const close = () => setPanel(undefined);
  return (
    <header class="head">
      <a class="home" href={linkTo("overview")}>
        <Brand />
      </a>
      {is?.environment != null && (
        <span class={is.production ? "environment production" : "environment"}>{is.environment}</span>
      )}
      <search class="search">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const target = targetOf(search.current?.value ?? "");
            if (target !== undefined) go(linkTo(target.screen, target.params, target.search));
          }}
        >
          <input ref={search} type="search" aria-label="Search" placeholder="Id, task, filter" />
          <kbd>/</kbd>
        </form>
      </search>
      <BrokerDots />
      <div class="head-buttons">
        <button type="button" class="button quiet" onClick={() => setPanel("jobs")}>
          Jobs{running.length > 0 && <span class="badge number">{running.length}</span>}
        </button>
        <button type="button" class="button quiet" onClick={() => setPanel("settings")}>
          {is?.name ?? "Settings"}
        </button>
      </div>
      {panel === "help" && <Help onClose={close} />}
      {panel === "jobs" && <JobsPanel onClose={close} />}
      {panel === "settings" && <SettingsDialog onClose={close} />}
    </header>
  );
}
