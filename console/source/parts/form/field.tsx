import { useId, useState } from "preact/hooks";
import type { FieldModel, TypeModel } from "../../../../runtime/model/model.js";
import { printJson } from "../../data/json.ts";
import { count } from "../text/number.ts";
import { type FormContext, issueAt } from "./context.ts";
import { JsonField, ScalarField } from "./scalars.tsx";
import { at, isObject, type Path } from "./values.ts";
import { boundsWords } from "./words.ts";

interface Props {
  readonly field: FieldModel;
  readonly value: unknown;
  readonly path: Path;
  readonly context: FormContext;
}

/** One parameter, or one field of a record: name, description, input, problem. */
export function Field({ field, value, path, context }: Props) {
  const { name, type, optional, nullable, description, deprecated, default: fallback, sensitive } = field;
  const id = useId();
  const issue = issueAt(context, path);
  const omits = optional || fallback !== undefined;
  const about = [
    boundsWords(type, context.types),
    fallback !== undefined ? `default ${printJson(fallback, 0)}` : optional ? "optional" : "",
    sensitive === true ? "sensitive" : "",
  ].filter((each) => each !== "");
  return (
    <div class={issue === undefined ? "field" : "field wrong"}>
      <div class="field-head">
        <label class="field-label mono" for={id}>
          {name}
        </label>
        <span class="muted field-type">{about.join(" · ")}</span>
        <span class="field-choices">
          {nullable && value !== null && (
            <button type="button" class="link" onClick={() => context.set(path, null)}>
              null
            </button>
          )}
          {value !== undefined && (omits || value === null) && (
            <button type="button" class="link" onClick={() => context.set(path, undefined)}>
              {omits ? "leave out" : "no longer null"}
            </button>
          )}
        </span>
      </div>
      {description !== undefined && <p class="muted field-about">{description}</p>}
      {deprecated !== undefined && <p class="field-about tone-again">Deprecated: {deprecated}</p>}
      {value === null ? (
        <p class="mono tree-word">null</p>
      ) : (
        <Value id={id} type={type} value={value} path={path} context={context} />
      )}
      {issue !== undefined && (
        <p class="field-problem" id={`${id}-problem`}>
          Expected {issue.expected}, got {issue.found}
        </p>
      )}
    </div>
  );
}

interface ValueProps {
  readonly id: string;
  readonly type: TypeModel;
  readonly value: unknown;
  readonly path: Path;
  readonly context: FormContext;
}

/** The input of a type. */
function Value({ id, type, value, path, context }: ValueProps) {
  switch (type.kind) {
    case "list":
      return <ListField id={id} element={type.element} value={value} path={path} context={context} />;
    case "map":
      return <MapField id={id} element={type.element} value={value} path={path} context={context} />;
    case "named": {
      const named = context.types.find(({ name }) => name === type.name);
      if (named?.kind === "enum")
        return <ScalarField id={id} kind="string" values={named.values} value={value} path={path} context={context} />;
      if (named?.kind === "record")
        return <RecordField id={id} fields={named.fields} value={value} path={path} context={context} />;
      return <JsonField id={id} value={value} path={path} context={context} />;
    }
    case "json":
      return <JsonField id={id} value={value} path={path} context={context} />;
    default:
      return <ScalarField id={id} kind={type.kind} value={value} path={path} context={context} />;
  }
}

interface ContainerProps {
  readonly id: string;
  readonly value: unknown;
  readonly path: Path;
  readonly context: FormContext;
}

/** Most elements that have inputs; more are edited as JSON. */
const MOST = 50;

function RecordField({
  id,
  fields,
  value,
  path,
  context,
}: ContainerProps & { readonly fields: readonly FieldModel[] }) {
  if (!isObject(value)) {
    return (
      <button id={id} type="button" class="button small" onClick={() => context.set(path, {})}>
        Fill in
      </button>
    );
  }
  return (
    <div class="fields" id={id}>
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          value={at(value, field.name)}
          path={[...path, field.name]}
          context={context}
        />
      ))}
    </div>
  );
}

function ListField({ id, element, value, path, context }: ContainerProps & { readonly element: TypeModel }) {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return (
    <div class="fields" id={id}>
      {list.slice(0, MOST).map((each, index) => (
        <Element
          key={index}
          label={String(index)}
          type={element}
          value={each}
          path={[...path, index]}
          context={context}
        />
      ))}
      {list.length > MOST && <p class="muted">{count(list.length - MOST)} more: edit them as JSON</p>}
      {list.length < MOST && (
        <button
          type="button"
          class="button small"
          onClick={() => context.set(path, [...list, freshOf(element, context)])}
        >
          Add
        </button>
      )}
    </div>
  );
}

function MapField({ id, element, value, path, context }: ContainerProps & { readonly element: TypeModel }) {
  const [name, setName] = useState("");
  const entries = Object.entries(isObject(value) ? value : {});
  const add = () => {
    if (name === "" || entries.some(([key]) => key === name)) return;
    context.set([...path, name], freshOf(element, context));
    setName("");
  };
  return (
    <div class="fields" id={id}>
      {entries.slice(0, MOST).map(([key, each]) => (
        <Element key={key} label={key} type={element} value={each} path={[...path, key]} context={context} />
      ))}
      {entries.length > MOST && <p class="muted">{count(entries.length - MOST)} more: edit them as JSON</p>}
      <span class="field-line">
        <input
          type="text"
          aria-label="New key"
          placeholder="New key"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="button" class="button small" disabled={name === ""} onClick={add}>
          Add
        </button>
      </span>
    </div>
  );
}

interface ElementProps {
  readonly label: string;
  readonly type: TypeModel;
  readonly value: unknown;
  readonly path: Path;
  readonly context: FormContext;
}

function Element({ label, type, value, path, context }: ElementProps) {
  const id = useId();
  return (
    <div class="element">
      <label class="muted mono" for={id}>
        {label}
      </label>
      <Value id={id} type={type} value={value} path={path} context={context} />
      <button type="button" class="icon-button" onClick={() => context.set(path, undefined)}>
        <span aria-hidden="true">×</span>
        <span class="visually-hidden">Remove {label}</span>
      </button>
    </div>
  );
}

/** What a new element is at first. An element is never absent, so that it can be seen. */
function freshOf(type: TypeModel, { types }: FormContext): unknown {
  switch (type.kind) {
    case "list":
      return [];
    case "map":
      return {};
    case "bool":
      return false;
    case "named": {
      const named = types.find(({ name }) => name === type.name);
      return named?.kind === "record" ? {} : (named?.values[0] ?? null);
    }
    default:
      return "";
  }
}
