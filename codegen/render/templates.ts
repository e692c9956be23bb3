/** Bodies of the generated files. Every value arrives printed; a template decides the layout only. */
export const TEMPLATES = {
  namespace: `{{#each interfaces}}
{{> interface}}

{{/each}}
{{> doc doc=doc indent=""}}
export interface {{type}} {
{{#each tasks}}
{{> doc doc=doc indent="  "}}
  readonly {{property}}: $.Task<{{parameters}}, {{input}}>;
{{/each}}
}

{{> doc doc=objectDoc indent=""}}
export const {{object}}: {{type}} = {
{{#each tasks}}
  {{property}}: $.task<{{parameters}}, {{input}}>({
{{#each facts}}
    {{name}}: {{value}},
{{/each}}
    parameters: () =>
{{#if fields.length}}
      $.record<{{parameters}}, {{input}}>({
{{#each fields}}
        {{name}}: {{value}},
{{/each}}
      }),
{{else}}
      $.record<object, object>({}),
{{/if}}
    environments: () => environments$,
  }),
{{/each}}
};

{{#if handlers}}
{{> doc doc=handlersDoc indent=""}}
export interface {{handlers}} {
{{#each tasks}}
  {{property}}: $.Handler<{{parameters}}>;
{{/each}}
}
{{/if}}
`,

  types: `{{#each enums}}
{{> doc doc=doc indent=""}}
export type {{name}} ={{union}};
export const {{schema}}: () => $.z.ZodType<{{name}}, {{name}}> = () =>
  $.z.enum({{values}});

{{/each}}
{{#each records}}
{{#each interfaces}}
{{> interface}}

{{/each}}
export const {{schema}}: () => $.z.ZodType<{{name}}, {{input}}> = () =>
{{#if fields.length}}
  $.object<{{name}}, {{input}}>({
{{#each fields}}
    {{name}}: {{value}},
{{/each}}
  });
{{else}}
  $.object<object, object>({});
{{/if}}

{{/each}}
{{#if empty}}
export {};
{{/if}}
`,

  registry: `{{#each namespaces}}
{{> doc doc=doc indent=""}}
{{#each signature}}
{{this}}
{{/each}}
  return handlers$;
}

{{/each}}
/** Registers the handlers of every namespace. */
export function defineHandlers({{#unless namespaces}}_{{/unless}}handlers$: {
{{#each namespaces}}
  {{property}}: {{handlers}};
{{/each}}
}): $.Registry {
  return $.registry({{application}}, {
{{#each namespaces}}
    {{key}}: { tasks: {{object}}, handlers: handlers$.{{property}} },
{{/each}}
  });
}

/** Registers the handlers of some namespaces; other workers run the rest. */
export function defineSomeHandlers({{#unless namespaces}}_{{/unless}}handlers$: {
{{#each namespaces}}
  {{property}}?: {{handlers}};
{{/each}}
}): $.Registry {
  return $.registry({{application}}, {
{{#each namespaces}}
    {{key}}: { tasks: {{object}}, handlers: handlers$.{{property}} },
{{/each}}
  });
}
`,

  environments: `/** Pass one to connect(), as in connect(environments.NAME). Its variables are read when a process connects. */
{{#if environments.length}}
export const environments: {
{{#each environments}}
{{> doc doc=doc indent="  "}}
  readonly {{property}}: $.Environments[string];
{{/each}}
} = {
{{#each environments}}
  {{property}}: {
{{#each lines}}
    {{this}}
{{/each}}
  },
{{/each}}
};
{{else}}
export const environments: $.Environments = {};
{{/if}}
`,

  index: `{{#each namespaces}}
export { {{object}} } from {{module}};
export type {
{{#each types}}
  {{this}},
{{/each}}
} from {{module}};
{{/each}}
{{#if types.length}}
export type {
{{#each types}}
  {{this}},
{{/each}}
} from {{typesModule}};
{{else}}
export {};
{{/if}}
`,
} as const;

export const PARTIALS = {
  doc: `{{#if doc.short}}
{{indent}}/** {{doc.short}} */
{{else if doc.lines.length}}
{{indent}}/**
{{#each doc.lines}}
{{../indent}} *{{#if this}} {{/if}}{{this}}
{{/each}}
{{indent}} */
{{/if}}
`,

  interface: `{{> doc doc=doc indent=""}}
{{#if sameAs}}
export type {{name}} = {{sameAs}};
{{else}}
export interface {{name}} {
{{#each fields}}
{{> doc doc=doc indent="  "}}
  {{text}};
{{else}}
  /** No parameters; with this property the compiler rejects every key. */
  readonly $?: never;
{{/each}}
}
{{/if}}
`,
} as const;
