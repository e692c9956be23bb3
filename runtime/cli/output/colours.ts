/** By the rule of no-color.org: NO_COLOR set, and not empty, means none. */
export function coloursWanted(environment: NodeJS.ProcessEnv): boolean {
  return (environment.NO_COLOR ?? "") === "";
}
