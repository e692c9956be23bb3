import { spawn } from "node:child_process";
import type { Logger } from "../../base/logger.js";

/** Opens an address in the browser of the person at this machine; without one it is logged, and nothing else happens. */
export function openInBrowser(link: string, logger: Logger): void {
  const [command = "", ...first] = openerOf(process.platform);
  const opener = spawn(command, [...first, link], { stdio: "ignore", detached: true });
  opener.once("error", (error) => logger.warn("the browser cannot be opened", { error: error.message }));
  opener.unref();
}

function openerOf(platform: NodeJS.Platform): readonly string[] {
  if (platform === "darwin") return ["open"];
  return platform === "win32" ? ["explorer.exe"] : ["xdg-open"];
}
