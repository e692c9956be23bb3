import type { Logger } from "../base/logger.js";
import type { Front } from "../front/front.js";
import type { Model } from "../model/model.js";
import type { SessionDocument } from "../operations/documents/front.js";
import type { Role } from "../operations/verbs.js";

/** Who is signed in. */
export interface Session {
  /** Names the token that they have; others may have it, too. */
  readonly id: string;
  readonly name: string;
  readonly role: "view" | "operate";
  /** Whether they may see sensitive values. */
  readonly reveal: boolean;
  /** Calls the listener when they are no longer signed in; returns a function that removes it. */
  onEnd(listener: () => void): () => void;
}

/** How the console is served. */
interface WebOptions {
  /** Where it is served: "/", or a path that begins and ends with a slash. */
  readonly prefix: string;
  /** Name of the environment; null: no model says which one. */
  readonly environment: string | null;
  /** The environment is one where care is due. */
  readonly production: boolean;
  /** The data folder, for the embedded log; undefined: there is none. */
  readonly dataFolder: string | undefined;
  /** How often pages are refreshed at most, milliseconds. */
  readonly refresh: number;
  /** Address of a trace with `{trace_id}`. */
  readonly traceUrl: string | null;
}

/** What the routes of a console share. */
export interface WebContext {
  readonly options: WebOptions;
  /** Every broker, asked on behalf of nobody: only for what all may see. */
  readonly front: Front;
  /** The models by which parameters are read, the first one's environment is that of the console; empty: none is known. */
  models(): readonly Model[];
  /** Whether tasks can be sent from here, else why not. */
  sends(): SessionDocument["sends"];
  readonly logger: Logger;
}

/** One request of somebody who is signed in and may use the route. */
export interface Call {
  readonly context: WebContext;
  readonly session: Session;
  /** Asks the brokers, or those of one pool, on behalf of the session; refuses verbs beyond its role. */
  readonly front: Front;
  /** The named parts of the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON of the body; {} when it is empty. */
  readonly body: unknown;
  readonly headers: Headers;
  /** Aborts when the answer was sent, or the caller has gone or is no longer signed in. */
  readonly signal: AbortSignal;
}

/** A path below <prefix>api/v1/. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Such as "activations/:id"; a name matches one part, which may contain an encoded slash. */
  readonly path: string;
  /** What a session needs: `operate` and `reveal` change or show something, and are refused without that right. */
  readonly role: Role;
  /** It reads `pool` of the query itself. Default: `pool` narrows the brokers that the call may ask. */
  readonly ownPool?: true;
  /**
   * Resolves with the document, answered as JSON with 200, or with a Response of its own, such as a stream. Errors become
   * problem documents by problemResponse.
   */
  answer(call: Call): object | Promise<object>;
}
