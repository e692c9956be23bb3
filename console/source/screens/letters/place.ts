/** The parts of a place TOPIC/PARTITION/OFFSET, as the address of a letter has them. */
export function placeParts(place: string): Readonly<Record<"topic" | "partition" | "offset", string>> {
  const [offset = "", partition = "", ...topic] = place.split("/").reverse();
  return { topic: topic.reverse().join("/"), partition, offset };
}
