import { Command } from "commander";
import { exportCommand } from "./export.js";
import { listCommand } from "./list.js";
import { resolveCommands } from "./resolve.js";
import { showCommand } from "./show.js";

export function deadLettersCommand(): Command {
  const command = new Command("dead-letters")
    .alias("dlq")
    .description("list, show, replay, purge and export dead letters");
  listCommand(command);
  showCommand(command);
  resolveCommands(command);
  exportCommand(command);
  return command;
}
