import type { Adapter } from "./adapter.js";
import { produce } from "./produce.js";
import { work } from "./work.js";

/** `node main.js ADAPTER produce|work|sandboxed ADDRESS`, started by `Program`. */
const [module = "", role = "", address = ""] = process.argv.slice(2);
const { adapter }: { readonly adapter: Adapter } = await import(module);
if (role === "produce") await produce(adapter, address);
else await work(adapter, address, role === "sandboxed");
