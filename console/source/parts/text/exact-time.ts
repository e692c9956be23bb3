import type { Zone } from "../../data/settings.ts";

/** A point in time to the second, as "2026-11-30 14:03:20" and its zone. */
export function exactTime(at: number, zone: Zone): string {
  if (!Number.isFinite(at)) return "not a time";
  return `${dateOf(at, zone)} ${clockTime(at, zone)} ${zoneName(at, zone)}`;
}

/** The time of day, as "14:03:20". */
export function clockTime(at: number, zone: Zone): string {
  const { hour, minute, second } = partsOf(at, zone);
  return `${hour}:${minute}:${second}`;
}

function dateOf(at: number, zone: Zone): string {
  const { year, month, day } = partsOf(at, zone);
  return `${year}-${month}-${day}`;
}

function zoneName(at: number, zone: Zone): string {
  if (zone === "utc") return "UTC";
  const format = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });
  return format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

const FORMATS = { local: formatOf(undefined), utc: formatOf("UTC") };

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", {
    ...(timeZone === undefined ? {} : { timeZone }),
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}

function partsOf(at: number, zone: Zone): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
  return Object.fromEntries(FORMATS[zone].formatToParts(at).map(({ type, value }) => [type, value]));
}
