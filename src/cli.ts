#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { cacheCommand } from './cli/commands/cache-command.js';
import { checkCommand } from './cli/commands/check-command.js';
import { ctlCommand } from './cli/commands/ctl-command.js';
import { demoCommand } from './cli/commands/demo-command.js';
import { generateCommand } from './cli/commands/generate-command.js';
import { infoCommand } from './cli/commands/info-command.js';
import { keygenCommand } from './cli/commands/keygen-command.js';
import { listenCommand } from './cli/commands/listen-command.js';
import { addPlay } from './cli/commands/play-command.js';
import { exitCodeOfError } from './cli/exit-code.js';
import { messageOf, TcsReplayError } from './shared/errors.js';
import { nearest } from './shared/expect.js';
import { asTooManyFiles } from './shared/too-many-files.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = addPlay(
  new Command('tcs-replay')
    .description('Replays recorded telescope control system (TCS) events from SQLite databases over ZeroMQ.')
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions(),
);
const commands = [
  generateCommand(),
  listenCommand(),
  ctlCommand(),
  keygenCommand(),
  infoCommand(),
  checkCommand(),
  cacheCommand(),
  demoCommand(),
];
for (const command of commands) program.addCommand(command);
for (const command of withSubcommands(program)) {
  command.exitOverride();
  command.helpOption('-h, --help', 'show this help');
  // An error takes one line: commander puts its suggestion on a second one.
  command.configureOutput({
    outputError: (message, write) => write(`${message.trim().replace(/\s*\n\s*/g, ' ')}\n`),
  });
}
program.helpCommand('help [command]', 'show the help of a command');

// A reader of the output that stops, such as head, is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOfError(error);
  // Commander has printed its own errors.
  if (!(error instanceof CommanderError))
    process.stderr.write(
      `error: ${messageOf(asTooManyFiles(error) ?? error).replace(/\s*\n\s*/g, ' ')}${hintOf(error)}\n`,
    );
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** A misspelt command is taken for a database: the message about the missing file then suggests the command. */
function hintOf(error: unknown): string {
  const isMissing = error instanceof TcsReplayError && error.code === 'NO_SUCH_FILE';
  const known = program.commands.map((command) => command.name());
  const [first = ''] = program.args;
  const command = isMissing && !known.includes(first) ? nearest(first, known) : undefined;
  return command === undefined ? '' : `; did you mean the command ${command}?`;
}
