import { Argument, type Command, Command as NewCommand } from 'commander';
import type { Shell } from '../manual/completion.js';
import { print } from '../output.js';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

const EXAMPLES = `
Examples:
  source <(tcs-replay completion bash)      in ~/.bashrc
  source <(tcs-replay completion zsh)       in ~/.zshrc, after compinit
  tcs-replay completion fish > ~/.config/fish/completions/tcs-replay.fish`;

/** The command that prints a script with which a shell completes the words of a program's command line. */
export function completionCommand(program: Command): Command {
  return new NewCommand('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell that reads the script').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../manual/completion.js');
      print(completionScript(program, shell));
    });
}
