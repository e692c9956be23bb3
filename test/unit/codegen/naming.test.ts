import { expect, test } from "vitest";
import { camel, namespaceNames, pascal, taskNames, typeNames } from "#codegen/naming.js";

test("dots, hyphens and underscores flatten", () => {
  expect(pascal("ingest.errors")).toBe("IngestErrors");
  expect(pascal("dynamic_sampling")).toBe("DynamicSampling");
  expect(camel("boost_low_volume_projects_of_org")).toBe("boostLowVolumeProjectsOfOrg");
  expect(camel("a__b_")).toBe("aB");
  expect(camel("telemetry-experience")).toBe("telemetryExperience");
  expect(pascal("debug-files-migration.v2-batch")).toBe("DebugFilesMigrationV2Batch");
});

test("a namespace's names in the generated code follow from its name in the schema", () => {
  expect(namespaceNames("ingest.errors")).toEqual({
    object: "ingestErrors",
    type: "IngestErrors",
    handlers: "IngestErrorsHandlers",
    defineHandlers: "defineIngestErrorsHandlers",
    property: "ingestErrors",
    module: "namespaces/ingest-errors",
  });
});

test("a namespace with hyphens has the file of its name", () => {
  expect(namespaceNames("telemetry-experience")).toMatchObject({
    object: "telemetryExperience",
    defineHandlers: "defineTelemetryExperienceHandlers",
    module: "namespaces/telemetry-experience",
  });
});

test("a reserved word gets an underscore as an export, not as a key; a device name gets one as a file", () => {
  expect(namespaceNames("delete")).toMatchObject({ object: "delete_", property: "delete", type: "Delete" });
  expect(namespaceNames("global_this").object).toBe("globalThis_");
  expect(namespaceNames("aux").module).toBe("namespaces/aux_");
});

test("names of tasks and types", () => {
  expect(taskNames("save_event")).toEqual({
    property: "saveEvent",
    input: "SaveEventInput",
    parameters: "SaveEventParameters",
  });
  expect(typeNames("Level", "enum")).toEqual({ output: "Level", input: "Level", schema: "level$" });
  expect(typeNames("Slot", "record")).toEqual({ output: "Slot", input: "SlotInput", schema: "slot$" });
});
