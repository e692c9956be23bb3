import type { FieldModel, TypeModel } from "#runtime/model/model.js";
import type { ActivationContent, ShownValue } from "#runtime/operations/documents/content.js";
import { nameOf, TASKS } from "./catalogue.js";
import { iso } from "./controls.js";
import { hashOf, MODEL } from "./model.js";

const COVERED = { $covered: true };

const STRINGS: Readonly<Record<string, string>> = {
  currency: "EUR",
  endpoint: "https://hooks.acme-fulfilment.example/orders",
  template: "order_shipped",
  reason: "damaged in transit",
  language: "fr",
  city: "Graz",
  country: "AT",
  postcode: "8010",
  street: "Herrengasse 16",
  name: "Ada Example",
  channel: "email",
  format: "csv",
};

/** What the parameters of activation number `index` of a task hold. */
export function contentOf(task: string, index: number): ActivationContent {
  const parameters = fieldsOf(task).map((field) => {
    const covered = field.sensitive === true;
    const absent = field.optional && index % 3 === 0;
    return {
      name: field.name,
      type: typeText(field.type),
      value: absent ? null : covered ? COVERED : shownOf(field.type, field.name, index),
      absent,
      covered,
    };
  });
  return {
    headers: {
      "sentry-trace": `${hashOf(`trace${index}`).slice(0, 32)}-${hashOf(`span${index}`).slice(0, 16)}-1`,
      baggage: "sentry-environment=production,sentry-release=shop@2026.11.2",
      "taskwire-root": hashOf(`root${index}`).slice(0, 32),
    },
    parameters: { kind: "named", parameters },
  };
}

/** The parameters as `taskwire send` takes them; null: a value is covered. */
export function editableOf(task: string, index: number): string | null {
  const fields = fieldsOf(task);
  if (fields.some(({ sensitive }) => sensitive === true)) return null;
  const lines = fields
    .filter(({ optional }) => !optional || index % 3 !== 0)
    .map(({ name, type }) => {
      const value = shownOf(type, name, index);
      const text = type.kind === "bigint" && typeof value === "string" ? value : JSON.stringify(value);
      return `  ${JSON.stringify(name)}: ${text}`;
    });
  return `{\n${lines.join(",\n")}\n}`;
}

function fieldsOf(task: string): readonly FieldModel[] {
  return TASKS.find((each) => nameOf(each) === task)?.parameters ?? [];
}

function shownOf(type: TypeModel, name: string, index: number): ShownValue {
  switch (type.kind) {
    case "int":
      return name === "amount" || name === "unit_price"
        ? 1290 + ((index * 137) % 9000)
        : 40_000 + ((index * 71) % 9000);
    case "bigint":
      return String(9_007_199_254_740_993n + BigInt(index));
    case "float":
      return 1.25 + (index % 7) / 4;
    case "bool":
      return index % 2 === 0;
    case "uuid": {
      const hex = hashOf(`${name}${index}`);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    }
    case "datetime":
      return iso(Date.UTC(2026, 10, 28, 1, index % 60));
    case "bytes":
      return { $bytes: hashOf(`bytes${index}`).repeat(4), length: 48_213 };
    case "json":
      return {
        event: "order.shipped",
        order: {
          id: String(9_007_199_254_740_993n + BigInt(index)),
          lines: [{ sku: "TW-104", quantity: 2 }],
          total: 129.9,
          gift: false,
          note: null,
        },
      };
    case "list":
      return Array.from({ length: 3 }, (_, at) => shownOf(type.element, name, index + at));
    case "map":
      return { first_name: "Ada", order: "104-2281", carrier: "post_at" };
    case "named": {
      const named = MODEL.types.find((each) => each.name === type.name);
      if (named?.kind === "enum") return named.values[index % named.values.length] ?? "";
      return Object.fromEntries(
        (named?.fields ?? []).map((field) => [
          field.name,
          field.sensitive === true ? COVERED : shownOf(field.type, field.name, index),
        ]),
      );
    }
    case "string":
      return STRINGS[name] ?? `${name}-${1000 + index}`;
  }
}

function typeText(type: TypeModel): string {
  switch (type.kind) {
    case "list":
      return `${typeText(type.element)}[]`;
    case "map":
      return `${typeText(type.element)}{}`;
    case "named":
      return type.name;
    default:
      return type.kind;
  }
}
