import { type Cluster, Kafka, logLevel } from "kafkajs";
import type { KafkaCluster } from "../../../model/variables.js";
import { certificatesOf } from "./certificates.js";
import { registerCodecs } from "./codecs.js";
import { loginOf } from "./login.js";
import { keepPartialAnswers } from "./partial-answers.js";
import type { ReaderSockets, Sockets } from "./sockets.js";

/** How long one attempt to connect may take, milliseconds. */
const CONNECT_MS = 5000;
/** How long a request waits for its answer, milliseconds. */
const REQUEST_MS = 30_000;
/** How old metadata may be: new partitions are found within this time, milliseconds. */
const METADATA_MAX_AGE_MS = 60_000;

/**
 * The kafkajs client of a cluster whose variables are resolved. It logs nothing; its users do. `sockets`: creates its
 * connections. `clientId`: the name in the cluster's logs and among the members of a group. Certificates are read for each
 * connection. Without `tls.ca` the authorities of Node and NODE_EXTRA_CA_CERTS are trusted.
 */
export function kafkaClient(
  cluster: KafkaCluster,
  {
    sockets,
    clientId = "taskwire",
  }: { readonly sockets: Pick<Sockets | ReaderSockets, "factory" | "watched">; readonly clientId?: string },
): Kafka {
  registerCodecs();
  const { brokers, tls, certificates, sasl } = cluster;
  // Fails at once for wrong files, not with the first connection.
  if (certificates !== undefined) certificatesOf(cluster);
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    ssl: tls,
    // The timer of kafkajs for request timeouts keeps the process alive.
    socketFactory: (place) =>
      sockets.factory(certificates === undefined ? place : { ...place, ssl: certificatesOf(cluster) }),
    enforceRequestTimeout: !sockets.watched,
    ...(sasl === undefined ? {} : { sasl: loginOf(sasl) }),
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    retry: { initialRetryTime: 100, retries: 5, maxRetryTime: 2000 },
    logLevel: logLevel.NOTHING,
  });
  return keepPartialAnswers(kafka);
}

/**
 * The connections of kafkajs without its consumer: it hands them to its partition assigners and is never started. Its loop
 * cannot finish events in hand before it gives partitions away, sends heartbeats only between batches, and commits default
 * positions when an offset is out of range.
 */
export function bareCluster(kafka: Kafka, group: string): Cluster {
  let found: Cluster | undefined;
  kafka.consumer({
    groupId: group,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        return {
          name: "",
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: "", metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  if (found === undefined) throw new Error("kafkajs gave its assigner no cluster");
  return found;
}
