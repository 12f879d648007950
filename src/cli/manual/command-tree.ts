import type { Command, Option } from 'commander';

/** A command of a program, as help, completion and the manual page show it. */
export interface CommandNode {
  /** The words that call it, without the program's name: none, `info`, `ctl`, `seek`. */
  readonly path: readonly string[];
  readonly command: Command;
  readonly options: readonly Option[];
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[];
  /** Words that its arguments can be, where they are known. */
  readonly choices: readonly string[];
}

/** A program's commands, itself first. */
export function commandTree(program: Command, path: readonly string[] = []): CommandNode[] {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help');
  const node = {
    path,
    command: program,
    options: help.visibleOptions(program),
    subcommands: commands.map((command) => ({
      name: command.name(),
      summary: help.subcommandDescription(command),
    })),
    choices: help.visibleArguments(program).flatMap(({ argChoices = [] }) => argChoices),
  };
  return [node, ...commands.flatMap((command) => commandTree(command, [...path, command.name()]))];
}
