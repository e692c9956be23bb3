import type { ChannelOptions } from "@grpc/grpc-js";
import { TaskwireError } from "../../base/errors.js";

/** `1`: calls of brokers and workers go through the proxy that grpc_proxy, https_proxy or http_proxy names. */
export const PROXY_VARIABLE = "TASKWIRE_PROXY";
/** In grpc-js's order of precedence. */
const VARIABLES = ["grpc_proxy", "https_proxy", "http_proxy"] as const;
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){1,3}|\[?::1\]?|\[?::ffff:127(\.\d+){3}\]?)$/i;

interface Proxy {
  readonly variable: string;
  /** HOST:PORT, without the user's name and password that the variable may hold. */
  readonly address: string;
}

/**
 * The proxy for calls to HOST:PORT; undefined: none. RPC connects processes of one system, and a machine's proxy seldom
 * allows it: a proxy is used only on request, and never for this machine or the hosts in no_proxy. Throws TaskwireError
 * `bad_proxy`.
 */
export function proxyOf(address: string, environment: NodeJS.ProcessEnv = process.env): Proxy | undefined {
  const wish = environment[PROXY_VARIABLE] ?? "";
  if (wish === "" || wish === "0") return undefined;
  if (wish !== "1") throw new TaskwireError("bad_proxy", `${PROXY_VARIABLE}: expected 1 or 0, got "${wish}"`);
  const host = address.replace(/:\d+$/, "");
  if (LOOPBACK.test(host) || isExcepted(host, environment)) return undefined;
  const variable = VARIABLES.find((name) => (environment[name] ?? "") !== "");
  if (variable === undefined) return undefined;
  const text = environment[variable] ?? "";
  if (!URL.canParse(text) || new URL(text).protocol !== "http:") {
    throw new TaskwireError(
      "bad_proxy",
      `${variable}: expected http://HOST:PORT (${PROXY_VARIABLE} requests a proxy); set it, or unset ${PROXY_VARIABLE}`,
    );
  }
  return { variable, address: new URL(text).host };
}

/** Whether grpc-js may use the environment's proxy for calls to HOST:PORT. */
export function proxyOptions(address: string): ChannelOptions {
  return { "grpc.enable_http_proxy": proxyOf(address) === undefined ? 0 : 1 };
}

function isExcepted(host: string, environment: NodeJS.ProcessEnv): boolean {
  const lists = [environment.no_grpc_proxy, environment.no_proxy, environment.NO_PROXY];
  const names = lists.flatMap((list) => (list ?? "").split(",")).map((name) => name.trim().replace(/^\*?\./, ""));
  return names.some((name) => name !== "" && (name === "*" || host === name || host.endsWith(`.${name}`)));
}
