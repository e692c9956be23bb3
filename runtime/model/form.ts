/** Checks a value of JSON; reports each place where it has another form. */
export type Form = (value: unknown, at: string, report: Report) => void;

/** `at` is as in `environments[0].topics`; empty for the whole. */
export type Report = (at: string, expected: string, got: unknown) => void;

const when =
  (holds: (value: unknown) => boolean, expected: string): Form =>
  (value, at, report) => {
    if (!holds(value)) report(at, expected, value);
  };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

export const text = when((value) => typeof value === "string", "a string");
export const flag = when((value) => typeof value === "boolean", "true or false");
export const number = when(Number.isFinite, "a number");
export const count = when((value) => isWhole(value) && value >= 0, "a whole number from 0");
export const positive = when((value) => isWhole(value) && value > 0, "a whole number from 1");
export const share = when((value) => typeof value === "number" && value >= 0 && value <= 1, "a number from 0 to 1");

export function oneOf(...values: readonly (string | number)[]): Form {
  return when(
    (value) => values.some((each) => each === value),
    values.map((each) => JSON.stringify(each)).join(" or "),
  );
}

export function list(element: Form): Form {
  return (value, at, report) => {
    if (!Array.isArray(value)) report(at, "a list", value);
    else for (const [index, each] of value.entries()) element(each, `${at}[${index}]`, report);
  };
}

export function map(element: Form): Form {
  return (value, at, report) => {
    if (!isObject(value)) report(at, "an object", value);
    else for (const [name, each] of Object.entries(value)) element(each, `${at}.${name}`, report);
  };
}

/** Every required key, and the optional ones where they are there. Further keys are let through. */
export function object(required: Readonly<Record<string, Form>>, optional: Readonly<Record<string, Form>> = {}): Form {
  return (value, at, report) => {
    if (!isObject(value)) {
      report(at, "an object", value);
      return;
    }
    const place = (name: string) => (at === "" ? name : `${at}.${name}`);
    for (const [name, form] of Object.entries(required)) form(value[name], place(name), report);
    for (const [name, form] of Object.entries(optional))
      if (value[name] !== undefined) form(value[name], place(name), report);
  };
}

/** An object whose `key` says which of the forms it has. */
export function tagged(key: string, forms: Readonly<Record<string, Form>>): Form {
  const tag = object({ [key]: oneOf(...Object.keys(forms)) });
  return (value, at, report) => {
    const name = isObject(value) ? value[key] : undefined;
    const form = typeof name === "string" && Object.hasOwn(forms, name) ? forms[name] : undefined;
    (form ?? tag)(value, at, report);
  };
}

export function anyOf(expected: string, ...forms: readonly Form[]): Form {
  return when((value) => forms.some((form) => fits(form, value)), expected);
}

/** For forms that hold themselves. */
export function later(form: () => Form): Form {
  return (value, at, report) => form()(value, at, report);
}

export function fits(form: Form, value: unknown): boolean {
  let found = true;
  form(value, "", () => {
    found = false;
  });
  return found;
}
