import { Command, CommanderError } from 'commander';
import { messageOf, TcsReplayError } from '../src/errors.js';
import { archiveCommand } from './archive-command.js';
import { FAILED, tell } from './command-line.js';
import { driftCommand } from './drift-command.js';
import { addEndToEnd } from './end-to-end-command.js';
import { pacingCommand } from './pacing-command.js';

const WRONG_USAGE = 2;

const program = addEndToEnd(
  new Command('npm run bench --')
    .description(
      'Measures how fast recorded nights get from the database to a subscriber, ours against the peer.',
    )
    .enablePositionalOptions(),
)
  .addCommand(archiveCommand())
  .addCommand(pacingCommand())
  .addCommand(driftCommand());
for (const command of [program, ...program.commands]) {
  command.exitOverride().helpOption('-h, --help', 'show this help');
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // Commander has printed its own.
  if (!(error instanceof CommanderError)) tell(`error: ${messageOf(error)}`);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  return error instanceof TcsReplayError && error.code === 'BAD_OPTION' ? WRONG_USAGE : FAILED;
}
