/** Credit that a broker without work has, when there are others: its first activation starts at once. */
const RESERVE = 1;

/** A connected broker as the sharing of credit sees it. */
export interface Sharer {
  /** Given and not used. */
  readonly credit: number;
  /** Delivered and not started. */
  readonly unstarted: number;
  /** It used up what it was given: it has more work. */
  readonly hungry: boolean;
  /** Its credit has not been used for a while: it has no more work. */
  readonly idle: boolean;
}

export interface Share {
  readonly grant: number;
  /** What it has is taken back, since others have work for it. */
  readonly withdraw: boolean;
}

/**
 * Shares the room for work (free slots and prefetch) among brokers. It goes to those that have work, evenly; those
 * without keep one activation's credit, which counts as prefetch: in all, at most the room and one for each broker
 * without work is promised. A broker that is alone gets everything. `first`: who gets the first of what cannot be
 * divided; it must change from call to call.
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

/** One after the other, always to the one that has least. */
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
