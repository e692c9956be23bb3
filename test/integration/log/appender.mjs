// Appends numbered records to the topic "orders" until it is killed; tells each acknowledged number over IPC.
// Usage: node appender.mjs URL_OF_LOG_MODULE FILE [COUNT]
const [module, file, count = "Infinity"] = process.argv.slice(2);
const { sqliteLog } = await import(module);
const log = sqliteLog({ file });
for (let number = 0; number < Number(count); number += 1) {
  await log.append("orders", [{ value: Buffer.from(String(number)) }]);
  process.send(number);
}
await log.close();
process.disconnect();
