import { effect, signal } from "@preact/signals";

const KEY = "taskwire-console";

type Scheme = "system" | "light" | "dark";
export type Zone = "local" | "utc";

/** What a person chose, kept in this browser. */
export interface Settings {
  readonly scheme: Scheme;
  readonly zone: Zone;
  readonly shortcuts: boolean;
  /** Seconds from one refresh to the next; 0: only when asked. */
  readonly refresh: 0 | 1 | 5 | 15;
}

const DEFAULTS: Settings = { scheme: "system", zone: "local", shortcuts: true, refresh: 1 };

export const settings = signal<Settings>(read());

export function choose(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change };
}

/** Applies the scheme to the page, and stores changes. */
export function keepSettings(): void {
  effect(() => {
    const { scheme } = settings.value;
    if (scheme === "system") delete document.documentElement.dataset.scheme;
    else document.documentElement.dataset.scheme = scheme;
    try {
      localStorage.setItem(KEY, JSON.stringify(settings.value));
    } catch {
      // Storage is full or forbidden: the choice holds for this page.
    }
  });
}

/** Stored settings; a value that is none of the possible ones is the default. */
function read(): Settings {
  let stored: unknown;
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return DEFAULTS;
  }
  const { scheme, zone, shortcuts, refresh } = (typeof stored === "object" && stored !== null ? stored : {}) as Partial<
    Record<string, unknown>
  >;
  return {
    scheme: scheme === "light" || scheme === "dark" ? scheme : "system",
    zone: zone === "utc" ? "utc" : "local",
    shortcuts: shortcuts !== false,
    refresh: refreshOf(new URLSearchParams(location.search).get("refresh") ?? refresh),
  };
}

/** In the address, too: `?refresh=15`, `?refresh=off`. */
function refreshOf(written: unknown): Settings["refresh"] {
  switch (String(written)) {
    case "0":
    case "off":
      return 0;
    case "5":
      return 5;
    case "15":
      return 15;
    default:
      return 1;
  }
}
