import { packageVersion } from "../../base/version.js";
import type { SessionDocument } from "../../operations/documents/front.js";
import type { Route, Session, WebContext } from "../context.js";

/** GET session: who is signed in, and what the console is for. */
export const SESSION: Route = {
  method: "GET",
  path: "session",
  role: "view",
  answer: ({ session, context }) => sessionDocument(session, context),
};

export function sessionDocument(
  { name, role, reveal }: Session,
  { front, options, sends }: WebContext,
): SessionDocument {
  const { environment, production, refresh, traceUrl } = options;
  return {
    name,
    role,
    reveal,
    environment,
    production,
    brokers: front.brokers,
    version: packageVersion(),
    refresh,
    traceUrl,
    sends: sends(),
  };
}
