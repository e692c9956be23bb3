/** Limits of a batch on streams, IPC and to the journal, whichever is reached first; a larger activation travels alone. */
export const BATCH_ACTIVATIONS = 64;
export const BATCH_BYTES = 1024 * 1024;

/** Largest encoded activation, after compression. */
export const LARGEST_ACTIVATION_BYTES = 10 * 1024 * 1024;

/** Largest gRPC message, sent or received: the largest activation and its framing. */
export const LARGEST_MESSAGE_BYTES = LARGEST_ACTIVATION_BYTES + 64 * 1024;

/** Longest error on the wire and in a dead letter, in bytes. */
export const LONGEST_ERROR_BYTES = 4096;
