/**
 * The program of the log's thread as CommonJS source, for bundles: no bundler carries the thread's file along. The build
 * (`embed.mjs`) writes it into dist; empty before that.
 */
export const THREAD_SOURCE: string = "";
