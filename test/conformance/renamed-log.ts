import type { Log, LogReader, ReadEvent } from "#runtime/log/port.js";

/** A log on which topics and groups have names of their own: many tests share one cluster. */
export function renamedLog(log: Log, prefix: string): Log {
  const there = (topic: string) => `${prefix}${topic}`;
  const back = <T extends { readonly topic: string }>(named: T): T => ({
    ...named,
    topic: named.topic.slice(prefix.length),
  });
  const renamedReader = (reader: LogReader): LogReader => ({
    commit: (commits) => reader.commit(commits.map((commit) => ({ ...commit, topic: there(commit.topic) }))),
    pause: (topic) => reader.pause(there(topic)),
    resume: (topic) => reader.resume(there(topic)),
    close: () => reader.close(),
    [Symbol.asyncIterator]: () => {
      const events = reader[Symbol.asyncIterator]();
      return {
        async next(): Promise<IteratorResult<ReadEvent>> {
          const { done, value } = await events.next();
          return done === true ? { done, value: undefined } : { done: false, value: back(value) };
        },
      };
    },
  });
  return {
    append: async (topic, records, options) => (await log.append(there(topic), records, options)).map(back),
    read: (topics, options) => renamedReader(log.read(topics.map(there), { ...options, group: there(options.group) })),
    partitions: (topic) => log.partitions(there(topic)),
    browse: (topic, partition, from, limit) => log.browse(there(topic), partition, from, limit),
    everRead: (topic, group) => log.everRead(there(topic), there(group)),
    close: () => log.close(),
  };
}
