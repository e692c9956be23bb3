import type { Verb } from "../../operations/verb.js";
import type { Sources } from "./sources.js";

/** The verbs that look at activations in flight. Their code is loaded with the first request. */
export function readingVerbs(sources: () => Sources): readonly Verb[] {
  return [
    {
      name: "ListActivations",
      run: async (request, { signal }) => (await import("./list.js")).listActivations(sources(), request, signal),
    },
    {
      name: "ShowActivation",
      run: async (request) => (await import("./show.js")).showActivation(sources(), request),
    },
    {
      name: "Reveal",
      run: async (request) => (await import("./show.js")).revealActivation(sources(), request),
    },
  ];
}
