import { count } from "../../parts/text/number.ts";
import type { Count } from "./tabs.ts";

interface StateTab {
  readonly id: string;
  readonly label: string;
  readonly href: string;
  readonly count?: Count | undefined;
}

/** One tab for each state with how many are in it; they are links, so Back returns and each can be opened beside this page. */
export function StateTabs({ tabs, active }: { readonly tabs: readonly StateTab[]; readonly active: string }) {
  return (
    <nav class="tabs" aria-label="States">
      {tabs.map(({ id, label, href, count: found }) => (
        <a key={id} href={href} aria-current={id === active ? "page" : undefined}>
          {label}
          {found !== undefined && (
            <span class="number">
              {" "}
              {found.exact ? "" : <span title="At least: a broker did not answer, or left tasks out">≥ </span>}
              {count(found.count)}
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}
