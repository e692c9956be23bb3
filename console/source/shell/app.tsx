import { useLayoutEffect, useRef } from "preact/hooks";
import { LocationProvider } from "preact-iso/router";
import { basePath, useHere } from "../data/location.ts";
import { session } from "../data/session.ts";
import { Announcer } from "../parts/page/announcer.tsx";
import { addressChanged } from "../parts/page/focus.ts";
import { Toasts } from "../parts/page/toasts.tsx";
import { Brand } from "./brand.tsx";
import { Frame } from "./frame.tsx";
import { NotFound } from "./not-found.tsx";
import { Screen } from "./screens.tsx";
import { SignIn } from "./sign-in-page.tsx";

export function App() {
  return (
    <LocationProvider scope={basePath()}>
      <Content />
      <Toasts />
      <Announcer />
    </LocationProvider>
  );
}

/** Whether the last step was Back or Forward: the browser then restores the place. */
let returned = false;
addEventListener("popstate", () => {
  returned = true;
});

function Content() {
  const { route, path } = useHere();
  const before = useRef(path);
  useLayoutEffect(() => {
    if (before.current !== path) {
      addressChanged();
      if (!returned) scrollTo(0, 0);
    }
    before.current = path;
    returned = false;
  }, [path]);
  switch (session.value.kind) {
    case "unknown":
      return (
        <div class="head">
          <Brand />
        </div>
      );
    case "out":
      return <SignIn problem={session.value.problem} />;
    case "in":
      return <Frame screen={route?.screen}>{route === undefined ? <NotFound /> : <Screen route={route} />}</Frame>;
  }
}
