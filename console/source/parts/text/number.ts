/** A count with its thousands apart: 4,210. */
export function count(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: 0 });
}

/** A rate with about three digits: 0.25, 4.2, 118, 12,400. */
export function rate(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return count(value);
  const digits = Math.abs(value) < 1 ? 2 : 1;
  return value.toFixed(digits).replace(/\.0+$/, "");
}

/** A share of 1 as per cent: 0.4 %, 12 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value !== 0 && Math.abs(value) < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} %`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size: 312 B, 4.2 KiB, 118 MiB. */
export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || Math.abs(size) >= 100 ? Math.round(size) : size.toFixed(1).replace(/\.0$/, "")} ${UNITS[unit]}`;
}

/** "1 worker", "3 workers". */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
