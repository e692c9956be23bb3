import { LocationProvider } from "preact-iso/router";
import { basePath, useHere } from "../data/location.ts";
import { session } from "../data/session.ts";
import { Announcer } from "../parts/page/announcer.tsx";
import { Toasts } from "../parts/page/toasts.tsx";
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

function Content() {
  const { route } = useHere();
  switch (session.value.kind) {
    case "unknown":
      return null;
    case "out":
      return <SignIn problem={session.value.problem} />;
    case "in":
      return <Frame screen={route?.screen}>{route === undefined ? <NotFound /> : <Screen route={route} />}</Frame>;
  }
}
