/** What the broker's model knows of its application's tasks, by wire name. */
export interface ModelHashes {
  readonly application: string;
  /** Hashes of the tasks' wire facts. */
  readonly byTask: ReadonlyMap<string, string>;
  /** Owners of tasks, where the schema names one. Default: none. */
  readonly owners?: ReadonlyMap<string, string>;
}
