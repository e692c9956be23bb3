import { linkTo } from "../../data/location.ts";

/** Where the page of an activation belongs. */
export function aboveActivation() {
  return { label: "Activations", href: linkTo("activations") };
}
