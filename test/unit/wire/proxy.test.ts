import { createServer } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { fetchStatus } from "#runtime/cli/look.js";
import { proxyOf } from "#runtime/wire/security/proxy.js";

afterEach(() => vi.unstubAllEnvs());

const PROXY = "http://user:secret@proxy.example:3128";
const NAMES = ["grpc_proxy", "https_proxy", "http_proxy"];

it.each(NAMES)("%s alone is not obeyed, whatever the address", (name) => {
  expect(proxyOf("broker.example:50051", { [name]: PROXY })).toBeUndefined();
  expect(proxyOf("broker.example:50051", { [name]: PROXY, TASKWIRE_PROXY: "0" })).toBeUndefined();
});

it.each(NAMES)("%s is obeyed when TASKWIRE_PROXY asks for it, and is shown without its password", (variable) => {
  expect(proxyOf("broker.example:50051", { [variable]: PROXY, TASKWIRE_PROXY: "1" })).toEqual({
    variable,
    address: "proxy.example:3128",
  });
});

it.each(["127.0.0.1:50051", "127.1.2.3:1", "localhost:50051", "LOCALHOST:50051", "a.localhost:1", "[::1]:50051"])(
  "%s is this machine and never behind a proxy",
  (address) => expect(proxyOf(address, { grpc_proxy: PROXY, TASKWIRE_PROXY: "1" })).toBeUndefined(),
);

it.each([
  ["no_proxy", "other,broker.example"],
  ["NO_PROXY", ".example"],
  ["no_grpc_proxy", "*"],
])("%s=%s takes a host from behind the proxy", (name, list) => {
  expect(proxyOf("broker.example:1", { [name]: list, grpc_proxy: PROXY, TASKWIRE_PROXY: "1" })).toBeUndefined();
  expect(proxyOf("broker.example.org:1", { [name]: list, grpc_proxy: PROXY, TASKWIRE_PROXY: "1" }) === undefined).toBe(
    list === "*",
  );
});

it.each([
  [{ TASKWIRE_PROXY: "yes" }, 'TASKWIRE_PROXY: expected 1 or 0, got "yes"'],
  [{ TASKWIRE_PROXY: "1", grpc_proxy: "socks5://p:1" }, "grpc_proxy: expected http://HOST:PORT"],
])("%j is refused by the variable's name", (environment, message) => {
  expect(() => proxyOf("broker.example:1", environment)).toThrow(message);
});

/** A proxy that refuses everything, and what it was asked. */
async function refusingProxy() {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      asked.push(String(bytes).split("\r\n")[0] ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { asked, port, [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())) };
}

it("a call on loopback reaches no proxy of the environment, also with TASKWIRE_PROXY", async () => {
  await using proxy = await refusingProxy();
  for (const name of NAMES) vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`);
  await expect(fetchStatus("127.0.0.1:1")).rejects.toThrow("no answer from the broker at 127.0.0.1:1");
  vi.stubEnv("TASKWIRE_PROXY", "1");
  await expect(fetchStatus("127.0.0.1:1")).rejects.toThrow("no answer from the broker at 127.0.0.1:1");
  expect(proxy.asked).toEqual([]);
});

it("a call that failed through a proxy names it and its variable", async () => {
  await using proxy = await refusingProxy();
  vi.stubEnv("http_proxy", `http://127.0.0.1:${proxy.port}`);
  vi.stubEnv("TASKWIRE_PROXY", "1");
  await expect(fetchStatus("broker.invalid:50051")).rejects.toThrow(
    `through the proxy 127.0.0.1:${proxy.port} of http_proxy, because TASKWIRE_PROXY is 1`,
  );
  expect(proxy.asked).toEqual(["CONNECT broker.invalid:50051 HTTP/1.1"]);
});
