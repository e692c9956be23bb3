import { live } from "../data/live.ts";
import { pool } from "../data/pool.ts";
import { Page } from "../parts/page/page.tsx";
import { Banner, Empty } from "../parts/page/states.tsx";
import { Clipped } from "../parts/text/clipped.tsx";

/** Whether no broker that answers serves the chosen pool. Not known before brokers have answered. */
function isUnserved(): boolean {
  const pools = live.pools.value ?? [];
  return pool.value !== "" && pools.length > 0 && pools.every(({ name }) => name !== pool.value);
}

/** Whether no broker serves the chosen pool, and that is certain. */
export function isGone(): boolean {
  return isUnserved() && live.missing.value.length === 0;
}

/** In place of every screen while the chosen pool is gone: zeros would say that it is empty. */
export function GonePool() {
  return (
    <Page title="This pool is gone">
      <Empty title="No broker serves this pool">
        <p class="break">
          Expected brokers of <Clipped text={pool.value} longest={300} />. All brokers answer, and serve other pools.
        </p>
        <p>Choose another pool above. The page follows by itself when a broker of this one is back.</p>
      </Empty>
    </Page>
  );
}

/** A silent broker may serve the chosen pool. */
export function UnservedBanner() {
  if (!isUnserved() || isGone()) return null;
  return (
    <Banner level="warning">
      <strong>
        No broker that answers serves the pool <Clipped text={pool.value} longest={300} />
      </strong>
      . {live.missing.value.map(({ broker }) => broker).join(", ")} may.
    </Banner>
  );
}
