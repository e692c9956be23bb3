import { ENVIRONMENTS } from "./environments.js";
import { APPLICATION_KEY, asText } from "./names.js";
import { DEFAULTS, NAMESPACES, RETRY_POLICIES } from "./namespaces.js";
import { mapping, optional, required } from "./shapes/collections.js";
import { choice, text } from "./shapes/scalars.js";
import { NAMED_TYPES } from "./types.js";

/** A schema file. */
export const SCHEMA_FILE = mapping("a schema file", {
  taskwire: required(choice(1), "Version of the schema language: 1."),
  application: optional(text("an application's name", asText(APPLICATION_KEY)), "The application; in one file only."),
  defaults: optional(DEFAULTS, "Defaults for the application's own namespaces; in one file only."),
  types: optional(NAMED_TYPES, "Named records, enums and scalars."),
  retry_policies: optional(RETRY_POLICIES, "Retry policies that tasks and namespaces refer to by name."),
  namespaces: optional(NAMESPACES, "Groups of tasks that are operated together."),
  environments: optional(ENVIRONMENTS, "Topologies: clusters, topics, routes and pools."),
});
