import type { LiveEvents } from "#runtime/operations/documents/front.js";

/** An event as a browser gets it. */
export interface Received {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** The complete events in a piece of a stream; comments are left out. */
export function eventsIn(bytes: Uint8Array | undefined): Received[] {
  const blocks = new TextDecoder().decode(bytes).split("\n\n").slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = new Map(
      block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
    const event = fields.get("event");
    return event === undefined ? [] : [{ event, id: fields.get("id"), data: JSON.parse(fields.get("data") ?? "") }];
  });
}

/** What a page shows after the updates that it took. */
export class Shown {
  version = 0;
  id = "";
  readonly state = new Map<string, unknown>();

  take(bytes: Uint8Array | undefined): void {
    for (const { event, id, data } of eventsIn(bytes)) {
      this.id = id ?? this.id;
      if (event !== "status") this.state.set(event, data);
      else {
        const { broker, part }: LiveEvents["status"] = JSON.parse(JSON.stringify(data));
        this.state.set(broker, { ...Object(this.state.get(broker)), ...part });
      }
    }
  }
}
