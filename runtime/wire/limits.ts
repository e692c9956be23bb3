/** A batch on stream, IPC and journal hand-over ends at whichever is reached first; one larger activation travels alone. */
export const BATCH_ACTIVATIONS = 64;
export const BATCH_BYTES = 1024 * 1024;

/** Largest activation as encoded, after compression. */
export const LARGEST_ACTIVATION_BYTES = 10 * 1024 * 1024;

/** Largest gRPC message on both sides: the largest activation and what travels with it. */
export const LARGEST_MESSAGE_BYTES = LARGEST_ACTIVATION_BYTES + 64 * 1024;

/** Longest error text on the wire and in a dead letter, in bytes. */
export const LONGEST_ERROR_BYTES = 4096;
