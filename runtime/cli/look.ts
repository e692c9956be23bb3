import { messageOf, TaskwireError } from "../base/errors.js";
import { BrokerClient } from "../front/broker.js";
import { Front } from "../front/front.js";
import { silentOf } from "../front/silent.js";
import type { Silent } from "../operations/diagnose/causes/fleet.js";
import type { Observed } from "../operations/diagnose/finding.js";
import type { Security } from "../wire/security/security.js";
import { securityFromEnvironment } from "./security.js";

/** How long a broker may take, milliseconds. */
const PATIENCE_MS = 5000;

/** The status of every broker, all asked at once; those that give none are named with the error. */
export async function lookAt(
  brokers: readonly string[],
): Promise<{ readonly observed: readonly Observed[]; readonly silent: readonly Silent[] }> {
  const security = securityOr();
  if (security instanceof TaskwireError) {
    const error = messageOf(security);
    return { observed: [], silent: [...new Set(brokers)].map((broker) => silentOf(broker, error)) };
  }
  const front = Front.connect(brokers, optionsOf(security));
  try {
    const { answers, partial, refused } = await front.look();
    return {
      observed: answers.map(({ broker, document }) => ({ broker, status: document })),
      silent: [...partial, ...refused].map(({ broker, error }) => silentOf(broker, messageOf(error))),
    };
  } finally {
    front.close();
  }
}

/** One broker's status document as JSON text, of whichever version. Rejects as BrokerClient.ask. */
export async function fetchStatus(broker: string, security: Security = securityFromEnvironment()): Promise<string> {
  const client = new BrokerClient(broker, optionsOf(security));
  try {
    return await client.status();
  } finally {
    client.close();
  }
}

/** What calls are signed and checked with, or why it cannot be read: then no broker can be asked. */
function securityOr(): Security | TaskwireError {
  try {
    return securityFromEnvironment();
  } catch (error) {
    if (error instanceof TaskwireError) return error;
    throw error;
  }
}

function optionsOf(security: Security) {
  // Nobody's name is needed to look.
  return { security, actor: "", patience: PATIENCE_MS };
}
