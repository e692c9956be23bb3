/** A port may answer at once or later. */
export type Awaitable<T> = T | Promise<T>;
