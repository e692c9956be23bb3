import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/forms.css";
import { render } from "preact";
import { startClock } from "./data/clock.ts";
import { startLive } from "./data/live-source.ts";
import { basePath } from "./data/location.ts";
import { routeOf } from "./data/routes.ts";
import { keepSettings } from "./data/settings.ts";
import { listenForShortcuts } from "./parts/keys/keys.ts";
import { watchWorkers } from "./screens/workers/watch.ts";
import { App } from "./shell/app.tsx";
import { preload } from "./shell/screens.tsx";
import { startSession } from "./shell/sign-in.ts";

keepSettings();
startClock();
listenForShortcuts();
void startSession();
const route = routeOf(basePath(), location.pathname);
if (route !== undefined) preload(route);
startLive();
watchWorkers();

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
