/** Names whose values are covered where no schema says what is sensitive. Case and separators do not matter. */
const DEFAULT_NAMES = /pass(?:word|wd|phrase)|secret|token|authorization|credential|cookie|api_?key|private_?key/;

/** Says by a name alone whether its value is covered: in headers, in JSON, and in parameters that no model describes. */
export type CoversName = (name: string) => boolean;

/** `more`: parts of further names, besides the usual ones. */
export function coveringNames(more: readonly string[] = []): CoversName {
  const parts = more.map(plain).filter((part) => part !== "");
  return (name) => DEFAULT_NAMES.test(plain(name)) || parts.some((part) => plain(name).includes(part));
}

/** `X-Api-Key` and `apiKey` read as `api_key`. */
function plain(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[-. ]/g, "_");
}
