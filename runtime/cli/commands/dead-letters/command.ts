import { Command } from "commander";
import { checkCommand } from "./check.js";
import { exportCommand } from "./export.js";
import { groupsCommand } from "./groups.js";
import { listCommand } from "./list.js";
import { resolveCommands } from "./resolve.js";
import { showCommand } from "./show.js";

export function deadLettersCommand(): Command {
  const command = new Command("dead-letters")
    .alias("dlq")
    .description("list, group, show, check, replay, purge and export dead letters");
  listCommand(command);
  groupsCommand(command);
  showCommand(command);
  checkCommand(command);
  resolveCommands(command);
  exportCommand(command);
  return command;
}
