import { type Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { TaskwireError } from "../../../base/errors.js";
import { detailsOf, hintOf, isCallError } from "../../../wire/call-error.js";
import { decodeOpened, encodeOpenRequest, type Opened } from "../../../wire/codec/session-codec.js";
import type { Security } from "../../../wire/security/security.js";
import { SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "../../../wire/services.js";
import type { Session, SessionEvents, SessionOffer, SessionPort } from "../../../wire/session.js";
import { UnaryClient } from "../../../wire/unary-client.js";
import { NoSessionsError } from "../../errors.js";
import { StreamSession } from "./session.js";

/** Deadline of the Open call, milliseconds. */
const OPEN_MS = 10_000;

/** Open was refused, or the broker cannot be reached. */
class OpenError extends TaskwireError {
  constructor(address: string, error: ServiceError, security: Security) {
    const hint = hintOf(error, security);
    super(
      "session_refused",
      `${address}: ${status[error.code]}: ${detailsOf(error, address)}${hint === undefined ? "" : `; ${hint}`}`,
      {
        cause: error,
      },
    );
  }
}

/** Sessions with the broker at HOST:PORT, each on its own connection. */
export function brokerSession(address: string, security: Security = {}): SessionPort {
  return {
    open: async (offer, events) => {
      const client = new UnaryClient(address, security);
      try {
        return attach(client.channel, await open(client, address, security, offer), events);
      } catch (error) {
        client.close();
        throw error;
      }
    },
  };
}

async function open(client: UnaryClient, address: string, security: Security, offer: SessionOffer): Promise<Opened> {
  try {
    return decodeOpened(await client.call(SESSIONS.Open, encodeOpenRequest(offer), OPEN_MS));
  } catch (error) {
    if (!isCallError(error)) throw error;
    if (error.code === status.UNIMPLEMENTED) throw new NoSessionsError(address);
    throw new OpenError(address, error, security);
  }
}

function attach(client: Client, opened: Opened, events: SessionEvents): Session {
  const { path, requestSerialize, responseDeserialize } = SESSIONS.Attach;
  const metadata = new Metadata();
  metadata.set(SESSION_METADATA, opened.session);
  metadata.set(TOKEN_METADATA, Buffer.from(opened.token).toString("hex"));
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  return new StreamSession(opened, stream, events, () => client.close());
}
