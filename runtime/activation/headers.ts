/** Names of headers that are Taskwire's and the protocol's own: nobody else sets them. */
export function isReservedHeader(name: string): boolean {
  return name.startsWith("taskwire-") || name === "compression-type";
}
