import { type Cluster, Kafka, logLevel } from "kafkajs";
import type { KafkaCluster } from "../../../model/variables.js";
import { keepParts } from "./answers.js";
import { certificatesOf } from "./certificates.js";
import { registerCodecs } from "./codecs.js";
import { loginOf } from "./login.js";
import type { ReaderSockets, Sockets } from "./sockets.js";

/** One try to connect, milliseconds. */
const CONNECT_MS = 5000;
/** A request without an answer has failed after so many milliseconds. */
const REQUEST_MS = 30_000;
/** Partitions that were added are found within this time. */
const METADATA_MAX_AGE_MS = 60_000;

/**
 * The client of a cluster; its variables are read already. It says nothing itself: whoever uses it does. `sockets`: what its
 * connections are made of. `clientId`: as the cluster knows it, in its logs and among the members of a group.
 * Certificates are read for each connection. Authorities without `tls.ca`: those known, and NODE_EXTRA_CA_CERTS.
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
  // Wrong files are told at once, not by the first connection.
  if (certificates !== undefined) certificatesOf(cluster);
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    ssl: tls,
    // kafkajs watches its requests by a timer that keeps the process alive.
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
  return keepParts(kafka);
}

/**
 * The connections of kafkajs without its consumer: a consumer gives them to its assigners, and is then left alone. Its
 * own loop cannot finish what is in hand before it gives partitions away, beats only between batches, and commits
 * defaults when an offset is out of range.
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
