import type { Logger } from "../../base/logger.js";
import { Front } from "../../front/front.js";
import { OwnBroker } from "../../front/own-broker.js";
import type { Model } from "../../model/model.js";
import type { RestartingBroker } from "../restarting-broker.js";
import { type OpenConsole, openConsole } from "./open.js";
import type { ConsoleFlags } from "./options.js";

interface Beside {
  readonly flags: ConsoleFlags & { readonly http: string; readonly listen: string; readonly env: string };
  readonly dataFolder: string;
  models(): readonly Model[];
  readonly logger: Logger;
}

/** A console in the process of its broker. */
interface ConsoleBeside extends OpenConsole {
  /** Until this, calls to the broker are refused: it starts after the port that serves the console. */
  connect(broker: RestartingBroker): void;
}

/** Opens the console of a broker that starts after it. Rejects as openConsole. */
export async function openBesideBroker({ flags, dataFolder, models, logger }: Beside): Promise<ConsoleBeside> {
  let started: RestartingBroker | undefined;
  const broker = new OwnBroker(() => ({ address: started?.address ?? flags.listen, verbs: started?.operations }));
  const console = await openConsole({
    flags,
    http: flags.http,
    front: new Front([broker]),
    environment: flags.env,
    models,
    dataFolder: () => dataFolder,
    embedded: true,
    status: () => broker.status(),
    logger,
  });
  return {
    ...console,
    connect: (connected) => {
      started = connected;
    },
  };
}
