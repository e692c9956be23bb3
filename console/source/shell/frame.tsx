import type { ComponentChildren } from "preact";
import { isLost } from "../data/live.ts";
import type { ScreenName } from "../data/routes.ts";
import { person } from "../data/session.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { FindingsBar } from "./findings-bar.tsx";
import { GonePool, isGone, UnservedBanner } from "./gone-pool.tsx";
import { Head } from "./head.tsx";
import { Nav } from "./nav.tsx";
import { PoolBar } from "./pool-bar.tsx";

/** What is around every screen. */
export function Frame({
  screen,
  children,
}: {
  readonly screen: ScreenName | undefined;
  readonly children: ComponentChildren;
}) {
  const production = person()?.production === true;
  return (
    <div class={production ? "frame production" : "frame"}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Head />
      <Nav screen={screen} />
      <div class="middle">
        <PoolBar screen={screen} />
        <aside class="notices" aria-label="What is wrong">
          <ConnectionBanner />
          <UnservedBanner />
          {screen !== "overview" && <FindingsBar />}
        </aside>
        <main id="content" class={isLost() ? "stale" : undefined}>
          {isGone() ? <GonePool /> : children}
        </main>
      </div>
    </div>
  );
}
