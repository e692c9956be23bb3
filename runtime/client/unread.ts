import type { EnvironmentModel, PoolModel } from "../model/model.js";

/** The pool that reads a topic, in environments that declare one for it. */
export function poolOf(environment: EnvironmentModel, topic: string): PoolModel | undefined {
  return environment.pools.find(({ topics }) => topics.includes(topic));
}

/** Warns that no broker reads the topic, and how to start one. `folder`: the data folder of an embedded log. */
export function unread(environment: EnvironmentModel, topic: string, folder: string | undefined): string {
  const pool = poolOf(environment, topic);
  if (pool === undefined) {
    return `no pool of environment "${environment.name}" reads topic "${topic}"; add it to the topics of one`;
  }
  const broker = `taskwire broker --env ${environment.name}${pool.name === "default" ? "" : ` --pool ${pool.name}`}`;
  return folder === undefined
    ? `no broker of pool "${pool.name}" has ever read topic "${topic}"; start one with \`${broker}\``
    : `no broker has ever read topic "${topic}" in ${folder}; start one with \`${broker}\` or \`taskwire dev\` and the same data folder`;
}
