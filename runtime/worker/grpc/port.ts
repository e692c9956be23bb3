import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { TaskwireError } from "../../base/errors.js";
import { CHANNEL_OPTIONS, SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "../../wire/services.js";
import type { Session, SessionEvents, SessionOffer, SessionPort } from "../../wire/session.js";
import { decodeOpened, encodeOpenRequest, type Opened } from "../../wire/session-codec.js";
import { NoSessionsError } from "../errors.js";
import { StreamSession } from "./stream-session.js";

/** Open is answered within this, milliseconds. */
const OPEN_MS = 10_000;

/** Open was refused, or the broker cannot be reached. */
export class OpenError extends TaskwireError {
  constructor(address: string, error: ServiceError) {
    super("session_refused", `${address}: ${status[error.code]}: ${error.details}`, { cause: error });
  }
}

/** Sessions with the broker at HOST:PORT, each on a connection of its own. */
export function brokerSession(address: string): SessionPort {
  return {
    open: async (offer, events) => {
      const client = new Client(address, credentials.createInsecure(), CHANNEL_OPTIONS);
      try {
        return attach(client, await open(client, address, offer), events);
      } catch (error) {
        client.close();
        throw error;
      }
    },
  };
}

function open(client: Client, address: string, offer: SessionOffer): Promise<Opened> {
  const { path, requestSerialize, responseDeserialize } = SESSIONS.Open;
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + OPEN_MS;
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      encodeOpenRequest(offer),
      new Metadata(),
      { deadline },
      (error, answer) => {
        if (error?.code === status.UNIMPLEMENTED) reject(new NoSessionsError(address));
        else if (error !== null) reject(new OpenError(address, error));
        else if (answer === undefined) reject(new TaskwireError("session_refused", `${address}: Open has no answer`));
        else {
          try {
            resolve(decodeOpened(answer));
          } catch (problem) {
            reject(problem);
          }
        }
      },
    );
  });
}

function attach(client: Client, opened: Opened, events: SessionEvents): Session {
  const { path, requestSerialize, responseDeserialize } = SESSIONS.Attach;
  const metadata = new Metadata();
  metadata.set(SESSION_METADATA, opened.session);
  metadata.set(TOKEN_METADATA, Buffer.from(opened.token).toString("hex"));
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  return new StreamSession(opened, stream, events, () => client.close());
}
