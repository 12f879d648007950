import { type Command, Command as NewCommand } from 'commander';
import { print } from '../output.js';

const EXAMPLES = `
Examples:
  tcs-replay man | man -l -
  tcs-replay man > ~/.local/share/man/man1/tcs-replay.1`;

/** The command that prints the manual page of a program. */
export function manCommand(program: Command): Command {
  return new NewCommand('man')
    .description('print the manual page')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const { manualPage } = await import('../manual/manual-page.js');
      print(manualPage(program));
    });
}
