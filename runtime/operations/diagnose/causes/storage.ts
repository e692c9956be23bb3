import type { Observed, Pool, Seen } from "../finding.js";
import { counted } from "../words.js";

/** The files of the data folder: commits, space, damage. */
export function ofStorage({ brokers }: Pool): Seen[] {
  return brokers.flatMap((observed) => [...commits(observed), ...damage(observed), ...audit(observed)]);
}

function commits({ broker, status: { notReady, journal } }: Observed): Seen[] {
  const subject = { kind: "broker", name: broker } as const;
  return notReady.flatMap(({ code, message }): Seen[] => {
    const seen = { broker, subject, text: message, ...(journal.commitAge === null ? {} : { age: journal.commitAge }) };
    switch (code) {
      case "journal_stuck":
        return [
          {
            ...seen,
            code: "journal_stuck",
            level: "stopped",
            hint: `free space on the disk of ${journal.file}, or fix its permissions; the broker tries again by itself and loses nothing`,
          },
        ];
      case "commit_slow":
        return [
          {
            ...seen,
            code: "commit_slow",
            level: "slow",
            hint: `look at the load of the disk of ${journal.file} (\`iostat -x 1\`), and give the data folder a disk of its own`,
          },
        ];
      case "disk_full":
        return [
          {
            code: "disk_full",
            level: "stopped",
            broker,
            subject,
            text: message,
            hint: "let workers finish what is in flight, drop delayed work that nobody needs (`taskwire activations purge --filter state:delayed`), or raise `max_disk` of the pool; the log keeps what producers send meanwhile",
          },
        ];
      default:
        return [];
    }
  });
}

/** Changes by operators go on: on a full disk they may make room. */
function audit({ broker, status: { audit } }: Observed): Seen[] {
  if (audit.error === null) return [];
  return [
    {
      code: "audit_unwritten",
      level: "warning",
      broker,
      subject: { kind: "broker", name: broker },
      text: `what operators do is not written to the audit log ${audit.file}: ${audit.error}`,
      hint: "free space on its disk, or fix its permissions; until then the broker's own log has these lines",
    },
  ];
}

function damage({ broker, status: { quarantine, reread, journal } }: Observed): Seen[] {
  if (quarantine.length === 0 && reread === 0) return [];
  const again = reread === 0 ? "" : `; ${counted(reread, "record")} read again may run twice`;
  return [
    {
      code: "in_flight_file_damaged",
      level: "warning",
      broker,
      subject: { kind: "broker", name: broker },
      text: `the in-flight file ${journal.file} was damaged and is rebuilt${again}`,
      evidence: quarantine.map((file) => `the damaged file is kept in ${file}`),
      hint: "read in the broker's log what was lost, check the disk, and delete the files in quarantine when nobody needs them",
    },
  ];
}
