import { OperationError } from "../operations/errors.js";

/** A broker that refused. */
export interface Refused {
  readonly broker: string;
  readonly error: OperationError;
}

/** The refusal of one of several brokers, which its message names. */
function namedRefusal({ broker, error }: Refused): OperationError {
  const { kind, code, message, field } = error;
  return new OperationError(kind, code, `broker ${broker}: ${message}`, {
    cause: error,
    ...(field === undefined ? {} : { field }),
  });
}

/** Throws the first refusal: an answer without that broker would look like all there is. */
export function refuseIfAny(refused: readonly Refused[]): void {
  const [first] = refused;
  if (first !== undefined) throw namedRefusal(first);
}
