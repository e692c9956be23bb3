import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Route, ScreenName } from "../data/routes.ts";
import { Page } from "../parts/page/page.tsx";
import { Banner, Skeleton } from "../parts/page/states.tsx";

type Params = Route["params"];
type Screen = ComponentType<{ readonly params: Params }>;

/** Each screen is a file of its own, loaded when it is first opened. */
const SCREENS: Readonly<Record<ScreenName, () => Promise<Screen>>> = {
  overview: async () => (await import("../screens/overview/screen.tsx")).Overview,
  activations: async () => (await import("../screens/activations/screen.tsx")).Activations,
  activation: async () => {
    const { Activation } = await import("../screens/activation/screen.tsx");
    return ({ params }) => <Activation key={params.id} id={params.id ?? ""} />;
  },
  tasks: async () => (await import("../screens/tasks/screen.tsx")).Tasks,
  task: async () => {
    const { Task } = await import("../screens/tasks/screen.tsx");
    return ({ params }) => <Task key={params.name} name={params.name ?? ""} />;
  },
  letters: async () => (await import("../screens/letters/screen.tsx")).Letters,
  letter: async () => {
    const { Letter } = await import("../screens/letters/screen.tsx");
    return ({ params: { topic = "", partition = "", offset = "" } }) => (
      <Letter key={`${topic}/${partition}/${offset}`} topic={topic} partition={partition} offset={offset} />
    );
  },
  schedules: async () => (await import("../screens/schedules/screen.tsx")).Schedules,
  workers: async () => (await import("../screens/workers/screen.tsx")).Workers,
  brokers: async () => (await import("../screens/brokers/screen.tsx")).Brokers,
  controls: async () => (await import("../screens/controls/screen.tsx")).Controls,
};

const loaded = new Map<ScreenName, Screen>();

async function load(name: ScreenName): Promise<Screen> {
  const screen = loaded.get(name) ?? (await SCREENS[name]());
  loaded.set(name, screen);
  return screen;
}

/** Loads the file of a screen while it is asked who is signed in. */
export function preload(route: Route): void {
  // Whoever draws it meets the same failure, and says so.
  load(route.screen).catch(() => undefined);
}

/** The screen of a route. */
export function Screen({ route }: { readonly route: Route }) {
  const { screen: name, params } = route;
  const [, setRound] = useState(0);
  const [failed, setFailed] = useState<ScreenName>();
  useEffect(() => {
    let counts = true;
    load(name).then(
      () => counts && setRound((before) => before + 1),
      () => counts && setFailed(name),
    );
    return () => {
      counts = false;
    };
  }, [name]);
  const Found = loaded.get(name);
  if (Found !== undefined) return <Found params={params} />;
  if (failed === name) return <Outdated />;
  return <Skeleton />;
}

/** The server was replaced by another version, and the files of this page are gone; or it does not answer. */
function Outdated() {
  return (
    <Page title="This part of the page cannot be loaded">
      <Banner
        level="failed"
        action={
          <button type="button" class="button" onClick={() => location.reload()}>
            Load the page again
          </button>
        }
      >
        The server does not answer, or has another version than this page.
      </Banner>
    </Page>
  );
}
