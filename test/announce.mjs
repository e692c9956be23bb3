// Says on a terminal what `npm test` is about to do and how long that takes; silent in CI and in pipes.
if (process.stderr.isTTY === true) {
  process.stderr.write(
    "npm test: lint, build, import walls, generated code, then all tests: about 25 minutes on two processors.\n" +
      "For a first look: npm run build && npx vitest run test/unit (a few minutes).\n\n",
  );
}
