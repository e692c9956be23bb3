import { live } from "../data/live.ts";
import { linkTo, useHere } from "../data/location.ts";
import { pool, setPool } from "../data/pool.ts";
import type { ScreenName } from "../data/routes.ts";

/** What the pool does not narrow. */
const WHOLE: Partial<Record<ScreenName, string>> = {
  schedules: "Schedules are the same for all pools.",
  activation: "An activation is shown whatever its pool is.",
};

/** Chooses the pool whose figures and lists all screens show; nothing where there is only one. */
export function PoolBar({ screen }: { readonly screen: ScreenName | undefined }) {
  const { route, search, go } = useHere();
  const chosen = pool.value;
  const names = (live.pools.value ?? []).map(({ name }) => name);
  if (chosen === "" && names.length < 2) return null;
  const known = chosen === "" || names.includes(chosen);
  const choose = (name: string) => {
    setPool(name);
    // A dead letter is of one pool, and so is a place in a list.
    const { cursor, of, pool: _, ...kept } = Object.fromEntries(search);
    if (route === undefined || route.screen === "letter") go(linkTo(route === undefined ? "overview" : "letters"));
    else go(linkTo(route.screen, route.params, kept));
  };
  const whole = chosen === "" || screen === undefined ? undefined : WHOLE[screen];
  return (
    <section class={chosen === "" ? "pool-bar" : "pool-bar chosen"} aria-label="What is shown">
      <label>
        <span>Pool</span>
        <select value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          <option value="">{names.length > 1 ? `All ${names.length} pools` : "All pools"}</option>
          {!known && <option value={chosen}>{chosen}</option>}
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {whole !== undefined && <span class="muted">{whole}</span>}
    </section>
  );
}
