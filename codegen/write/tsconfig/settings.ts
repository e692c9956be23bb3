/** What a tsconfig says about modules, `extends` included. */
export interface ModuleSettings {
  /** TypeScript files may be imported by their own names. */
  readonly importsTypeScript: boolean;
  /** As TypeScript names it, in lower case; undefined when it is not set. */
  readonly module: string | undefined;
  /** The same; `node` is another name of `node10`. */
  readonly moduleResolution: string | undefined;
  /** `paths` has an entry `taskwire/generated`. */
  readonly mapsGenerated: boolean;
  /** Files that it extends, directly or not; absolute. */
  readonly extended: readonly string[];
}
