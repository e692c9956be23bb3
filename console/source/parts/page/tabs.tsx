import { count } from "../text/number.ts";

interface Tab {
  readonly id: string;
  readonly label: string;
  /** How many are behind it. */
  readonly count?: number | undefined;
  /** Tabs are links: they can be opened beside this page, and Back returns. */
  readonly href: string;
}

export function Tabs({
  tabs,
  active,
  label,
}: {
  readonly tabs: readonly Tab[];
  readonly active: string;
  readonly label: string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.id} href={tab.href} aria-current={tab.id === active ? "page" : undefined}>
          {tab.label}
          {tab.count !== undefined && <span class="number"> {count(tab.count)}</span>}
        </a>
      ))}
    </nav>
  );
}
