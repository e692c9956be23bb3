// Appends numbered records of 8 KiB to the topic "orders"; tells each number over IPC with the code of its refusal,
// undefined when it was acknowledged. After a refusal it waits for a message, then tries the next number.
// Usage: node full-appender.mjs URL_OF_LOG_MODULE FILE COUNT
const [module, file, count] = process.argv.slice(2);
const { sqliteLog } = await import(module);
const log = sqliteLog({ file });
for (let number = 0; number < Number(count); number += 1) {
  const value = Buffer.alloc(8192);
  value.write(String(number));
  try {
    await log.append("orders", [{ value }]);
    process.send({ number });
  } catch (error) {
    process.send({ number, code: error.code, message: error.message });
    await new Promise((resolve) => process.once("message", resolve));
  }
}
await log.close();
process.disconnect();
