import { useState } from "preact/hooks";
import { live } from "../data/live.ts";
import { linkTo } from "../data/location.ts";
import { refreshes } from "../data/query.ts";
import { person } from "../data/session.ts";
import { useShortcuts } from "../parts/keys/keys.ts";
import { clip } from "../parts/text/clip.ts";
import { Brand } from "./brand.tsx";
import { BrokerDots } from "./broker-dots.tsx";
import { Help } from "./help.tsx";
import { JobsPanel } from "./jobs-panel.tsx";
import { SearchBox } from "./search-box.tsx";
import { SettingsDialog } from "./settings-dialog.tsx";

type Panel = "help" | "jobs" | "settings";

export function Head() {
  const [panel, setPanel] = useState<Panel>();
  const is = person();
  useShortcuts("Page", [
    { keys: "r", label: "Refresh", run: () => refreshes.value++ },
    { keys: "?", label: "This help", run: () => setPanel("help") },
  ]);
  const running = (live.jobs.value?.jobs ?? []).filter(({ state }) => state === "running" || state === "cancelling");
  const close = () => setPanel(undefined);
  return (
    <header class="head">
      <a class="home" href={linkTo("overview")} aria-label="Taskwire, overview">
        <Brand />
      </a>
      {is?.environment != null && (
        <span class={is.production ? "environment production" : "environment"}>{clip(is.environment, 40)}</span>
      )}
      <SearchBox />
      <BrokerDots />
      <div class="head-buttons">
        <button type="button" class="button quiet" onClick={() => setPanel("jobs")}>
          <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2.5 4h7M2.5 8h11M2.5 12h4M12 2.5v3M8.5 10.5v3" />
          </svg>
          <span class="head-word">Jobs</span>
          {running.length > 0 && <span class="badge number">{running.length}</span>}
        </button>
        <button type="button" class="button quiet" onClick={() => setPanel("settings")}>
          <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 8.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.6-2.7 2.7-4 5.5-4s4.9 1.3 5.5 4" />
          </svg>
          <span class="head-word">{is === null ? "Settings" : clip(is.name, 40)}</span>
        </button>
      </div>
      {panel === "help" && <Help onClose={close} />}
      {panel === "jobs" && <JobsPanel onClose={close} />}
      {panel === "settings" && <SettingsDialog onClose={close} />}
    </header>
  );
}
