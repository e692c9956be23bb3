import { Command } from "commander";
import { changeCommands } from "./change.js";
import { listCommand } from "./list.js";
import { showCommand } from "./show.js";

export function activationsCommand(): Command {
  const command = new Command("activations").alias("act").description("list, show and change activations in flight");
  listCommand(command);
  showCommand(command);
  changeCommands(command);
  return command;
}
