import { TaskwireError } from "taskwire";
import { MissingVariable } from "./sampling/errors.js";

/** The variable with the address that webhooks are posted to. */
export const WEBHOOK_VARIABLE = "TASKWIRE_DEMO_WEBHOOK";

/** The other server is away or refused the request; another run may succeed. Exported for tests. */
export class WebhookUnavailable extends TaskwireError {
  readonly url: string;
  /** HTTP status; undefined when nobody answered. */
  readonly status: number | undefined;

  constructor(url: string, status: number | undefined, options?: ErrorOptions) {
    super(
      "webhook_unavailable",
      `${url}: ${status === undefined ? "no answer" : `expected status 2xx, got ${status}`}`,
      options,
    );
    this.url = url;
    this.status = status;
  }
}

export function hasWebhook(environment = process.env): boolean {
  return (environment[WEBHOOK_VARIABLE] ?? "") !== "";
}

/** Throws MissingVariable. */
export function webhookAddress(environment = process.env): string {
  const url = environment[WEBHOOK_VARIABLE];
  if (url === undefined || url === "")
    throw new MissingVariable(WEBHOOK_VARIABLE, "the URL that webhooks are posted to");
  return url;
}

/** Posts `body` as JSON. Throws WebhookUnavailable, and the signal's reason when that aborts. */
export async function postJson(url: string, body: unknown, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new WebhookUnavailable(url, undefined, { cause: error });
  });
  await response.body?.cancel();
  if (!response.ok) throw new WebhookUnavailable(url, response.status);
}
