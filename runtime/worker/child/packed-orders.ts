import type { RunOrder } from "./result.js";

/** Orders in columns with their activations in one piece: one buffer per message instead of one per activation. */
export interface PackedOrders {
  /** The number of the first order among those of its child; the others follow. */
  readonly first: number;
  readonly runs: readonly number[];
  readonly deadlines: readonly number[];
  readonly lengths: readonly number[];
  /** RunOrder.lostBefore of each; absent: none was lost. */
  readonly lost?: readonly number[];
  readonly bytes: Uint8Array;
}

export function packOrders(orders: readonly RunOrder[]): PackedOrders {
  return {
    first: orders[0]?.order ?? 0,
    runs: orders.map(({ run }) => run),
    deadlines: orders.map(({ deadline }) => deadline),
    lengths: orders.map(({ activation }) => activation.length),
    ...(orders.some(({ lostBefore = 0 }) => lostBefore > 0)
      ? { lost: orders.map(({ lostBefore = 0 }) => lostBefore) }
      : {}),
    bytes: Buffer.concat(orders.map(({ activation }) => activation)),
  };
}

export function unpackOrders({ first, runs, deadlines, lengths, lost, bytes }: PackedOrders): RunOrder[] {
  let at = 0;
  return runs.map((run, index) => {
    const end = at + (lengths[index] ?? 0);
    const activation = bytes.subarray(at, end);
    at = end;
    const order = { run, order: first + index, activation, deadline: deadlines[index] ?? 0 };
    return lost === undefined ? order : { ...order, lostBefore: lost[index] ?? 0 };
  });
}
