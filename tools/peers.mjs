// Installs what `npm run bench:peers` measures beside Taskwire, at its first run.
import { installed } from "./tool.mjs";

installed(new URL("../test/bench/peers/adapters/", import.meta.url), "test/bench/peers/adapters");
