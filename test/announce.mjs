// Says on a terminal what `npm test` is about to do and how long that takes; silent in CI and in pipes.
if (process.stderr.isTTY === true) {
  process.stderr.write(
    "npm test: lint, build, import walls, generated code, then the quick tests: about 7 minutes on two processors.\n" +
      "`npm run test:all` adds the long ones (faults, Kafka, Python, commands, packages, TypeScript): about 20 minutes.\n\n",
  );
}
