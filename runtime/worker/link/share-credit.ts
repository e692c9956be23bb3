/** Credit of a broker without work if there are other brokers: its next activation starts at once. */
const RESERVE = 1;

/** A connected broker that gets a share of the credit. */
export interface Sharer {
  /** Given and not used. */
  readonly credit: number;
  /** Delivered and not started. */
  readonly unstarted: number;
  /** It has used up its credit: it has more work. */
  readonly hungry: boolean;
  /** Its credit has not been used for a while: it has no more work. */
  readonly idle: boolean;
}

interface Share {
  readonly grant: number;
  /** Its credit is taken back because other brokers have work. */
  readonly withdraw: boolean;
}

/**
 * Shares the room for work (free slots and prefetch) among brokers. It goes evenly to those that have work. Those
 * without keep credit for one activation, which counts as prefetch; in total at most the room plus one for each broker
 * without work is granted. A single broker gets everything. `first`: who gets the first of what cannot be divided
 * evenly; it must change from call to call.
 */
export function shareCredit(sharers: readonly Sharer[], free: number, prefetch: number, first: number): Share[] {
  if (sharers.length === 1) return sharers.map((one) => grant(free + prefetch - one.credit - one.unstarted));
  const reserved = sharers.filter(({ hungry }) => !hungry).length * RESERVE;
  let room = free + Math.max(0, prefetch - reserved);
  for (const { credit, unstarted, hungry } of sharers) {
    room -= unstarted + (hungry ? credit : Math.max(0, credit - RESERVE));
  }
  const hungry = sharers.filter((sharer) => sharer.hungry);
  const grants = divide(hungry, Math.max(0, room), first);
  return sharers.map((sharer) => {
    if (sharer.hungry) return grant(grants.get(sharer) ?? 0);
    if (sharer.credit > RESERVE) return { grant: 0, withdraw: sharer.idle && hungry.length > 0 };
    return grant(RESERVE - sharer.credit - sharer.unstarted);
  });
}

function grant(count: number): Share {
  return { grant: Math.max(0, count), withdraw: false };
}

/** Grants one activation after another, each to the broker that has least. */
function divide(sharers: readonly Sharer[], room: number, first: number): Map<Sharer, number> {
  const grants = new Map<Sharer, number>();
  const has = (sharer: Sharer) => sharer.credit + sharer.unstarted + (grants.get(sharer) ?? 0);
  const turn = [...sharers.slice(first % sharers.length), ...sharers.slice(0, first % sharers.length)];
  for (; room > 0; room -= 1) {
    let least: Sharer | undefined;
    for (const sharer of turn) {
      if (least === undefined || has(sharer) < has(least)) least = sharer;
    }
    if (least === undefined) break;
    grants.set(least, (grants.get(least) ?? 0) + 1);
  }
  return grants;
}
