import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import { linkTo, useHere } from "../data/location.ts";
import type { ScreenName } from "../data/routes.ts";
import { Dialog } from "../parts/dialog/dialog.tsx";
import { useShortcuts } from "../parts/keys/keys.ts";

interface Place {
  readonly screen: ScreenName;
  /** Screens that belong to it. */
  readonly with?: ScreenName;
  readonly label: string;
  /** Behind `g`. */
  readonly key: string;
  readonly sign: ComponentChild;
  /** In the bottom bar of a phone; the others are behind "More". */
  readonly near?: boolean;
}

const PLACES: readonly Place[] = [
  { screen: "overview", label: "Overview", key: "o", near: true, sign: <path d="M2 10h3l2-6 3 9 2-5h2" /> },
  {
    screen: "activations",
    with: "activation",
    label: "Activations",
    key: "a",
    near: true,
    sign: <path d="M2.5 4h11M2.5 8h11M2.5 12h7" />,
  },
  {
    screen: "tasks",
    with: "task",
    label: "Tasks",
    key: "t",
    sign: <path d="M2.5 2.5h4.5v4.5H2.5zM9 9h4.5v4.5H9zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5z" />,
  },
  {
    screen: "letters",
    with: "letter",
    label: "Dead letters",
    key: "d",
    near: true,
    sign: <path d="M2 3.5h12v9H2zM2 4l6 5 6-5" />,
  },
  {
    screen: "schedules",
    label: "Schedules",
    key: "s",
    sign: <path d="M8 4.5V8l2.5 1.5M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z" />,
  },
  {
    screen: "workers",
    label: "Workers",
    key: "w",
    near: true,
    sign: (
      <path d="M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14" />
    ),
  },
  { screen: "brokers", label: "Brokers", key: "b", sign: <path d="M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1" /> },
  {
    screen: "controls",
    label: "Controls",
    key: "c",
    sign: <path d="M4 2.5v11M12 2.5v11M8 2.5v11M2.5 10h3M6.5 5h3M10.5 9h3" />,
  },
];

/** The screens: beside the page, on a phone below it. */
export function Nav({ screen }: { readonly screen: ScreenName | undefined }) {
  const { go } = useHere();
  const [more, setMore] = useState(false);
  useShortcuts(
    "Go to",
    PLACES.map((place) => ({ keys: `g ${place.key}`, label: place.label, run: () => go(linkTo(place.screen)) })),
  );
  return (
    <nav class="nav" aria-label="Screens">
      <ul>
        {PLACES.map((place) => (
          <li key={place.screen} class={place.near === true ? undefined : "far"}>
            <PlaceLink place={place} screen={screen} />
          </li>
        ))}
        <li class="more">
          <button type="button" class="place" aria-haspopup="dialog" onClick={() => setMore(true)}>
            <Sign>
              <path d="M3 8h.1M8 8h.1M13 8h.1" />
            </Sign>
            <span>More</span>
          </button>
        </li>
      </ul>
      {more && (
        <Dialog title="Screens" onClose={() => setMore(false)}>
          <ul class="more-places">
            {PLACES.filter(({ near }) => near !== true).map((place) => (
              <li key={place.screen}>
                <PlaceLink place={place} screen={screen} onClick={() => setMore(false)} />
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </nav>
  );
}

interface LinkProps {
  readonly place: Place;
  readonly screen: ScreenName | undefined;
  readonly onClick?: () => void;
}

function PlaceLink({ place, screen, onClick }: LinkProps) {
  const belongs = screen !== undefined && screen === place.with;
  return (
    <a
      class="place"
      href={linkTo(place.screen)}
      aria-current={screen === place.screen ? "page" : belongs ? "true" : undefined}
      onClick={onClick}
    >
      <Sign>{place.sign}</Sign>
      <span>{place.label}</span>
    </a>
  );
}

function Sign({ children }: { readonly children: ComponentChild }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {children}
    </svg>
  );
}
