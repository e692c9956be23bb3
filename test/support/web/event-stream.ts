import type { LiveEvents } from "#runtime/operations/documents/front.js";
import type { Status } from "#runtime/operations/status/document.js";
import { eventsIn } from "./events.js";

/** A stream of a console over HTTP, with what a page would know from it. */
export class EventStream {
  opened: LiveEvents["opened"] | undefined;
  missing: readonly string[] | undefined;
  jobs: LiveEvents["jobs"] | undefined;
  /** By broker. */
  readonly statuses = new Map<string, Partial<Status>>();
  /** The brokers of the updates, as they came. */
  readonly order: string[] = [];
  id: string;
  bytes = 0;
  /** `complete`: the server ended it; `cut`: somebody else did. */
  readonly ended: Promise<"complete" | "cut">;
  readonly #leave = new AbortController();
  #looks: (() => void)[] = [];

  private constructor(response: Response, id: string, leave: AbortController) {
    this.id = id;
    this.#leave = leave;
    this.ended = this.#read(response);
  }

  /** `url`: of the console. `id`: of the last event of an earlier stream. */
  static async open(url: string, token: string, id = ""): Promise<EventStream> {
    const leave = new AbortController();
    const headers = { authorization: `Bearer ${token}`, ...(id === "" ? {} : { "last-event-id": id }) };
    const response = await fetch(`${url}api/v1/events`, { headers, signal: leave.signal });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return new EventStream(response, id, leave);
  }

  /** Resolves when `look` finds something after an event. Rejects when the stream ends before. */
  async until<T>(look: () => T | undefined | false): Promise<T> {
    let over = false;
    void this.ended.then(() => {
      over = true;
      this.#looked();
    });
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (over) throw new Error("the stream has ended");
      await new Promise<void>((resolve) => this.#looks.push(resolve));
    }
  }

  close(): void {
    this.#leave.abort();
  }

  async #read(response: Response): Promise<"complete" | "cut"> {
    let rest = Buffer.alloc(0);
    try {
      for await (const chunk of response.body ?? []) {
        this.bytes += chunk.byteLength;
        rest = Buffer.concat([rest, chunk]);
        const end = rest.lastIndexOf("\n\n") + 2;
        if (end < 2) continue;
        for (const { event, id, data } of eventsIn(rest.subarray(0, end))) {
          this.id = id ?? this.id;
          this.#take({ [event]: data });
        }
        rest = rest.subarray(end);
        this.#looked();
      }
      return "complete";
    } catch {
      return "cut";
    }
  }

  #take({ opened, status, missing, jobs }: Partial<LiveEvents>): void {
    this.opened = opened ?? this.opened;
    this.jobs = jobs ?? this.jobs;
    this.missing = missing?.partial.map(({ broker }) => broker) ?? this.missing;
    if (status === undefined) return;
    const { broker, part } = status;
    this.order.push(broker);
    this.statuses.set(broker, { ...this.statuses.get(broker), ...part });
  }

  #looked(): void {
    for (const look of this.#looks.splice(0)) look();
  }
}
