import { DivisionByZero } from "./errors.js";

/** `dividend / divisor`. Throws DivisionByZero, naming `what`, instead of giving NaN or an infinity. */
export function divide(dividend: number, divisor: number, what: string): number {
  const quotient = dividend / divisor;
  if (!Number.isFinite(quotient)) throw new DivisionByZero(what, dividend, divisor);
  return quotient;
}
