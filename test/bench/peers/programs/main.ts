import type { Adapter } from "./adapter.js";
import { produce } from "./produce.js";
import { work } from "./work.js";

/** `node main.js ADAPTER produce|work|sandboxed ADDRESS`, started by `Program`. */
const [module = "", role = "", address = ""] = process.argv.slice(2);
const { adapter }: { readonly adapter: Adapter } = await import(module);
// Nobody asks any more, or waits for what it counts.
process.once("disconnect", () => process.exit(0));
if (role === "produce") await produce(adapter, address);
else await work(adapter, address, role === "sandboxed");
