import { Command, CommanderError } from 'commander';
import { cacheCommand } from './cli/commands/cache-command.js';
import { checkCommand } from './cli/commands/check-command.js';
import { completionCommand } from './cli/commands/completion-command.js';
import { convertCommand } from './cli/commands/convert-command.js';
import { ctlCommand } from './cli/commands/ctl-command.js';
import { demoCommand } from './cli/commands/demo-command.js';
import { generateCommand } from './cli/commands/generate-command.js';
import { infoCommand } from './cli/commands/info-command.js';
import { keygenCommand } from './cli/commands/keygen-command.js';
import { listenCommand } from './cli/commands/listen-command.js';
import { loadtestCommand } from './cli/commands/loadtest-command.js';
import { manCommand } from './cli/commands/man-command.js';
import { addPlay } from './cli/commands/play-command.js';
import { prepareCommand } from './cli/commands/prepare-command.js';
import { proxyCommand } from './cli/commands/proxy-command.js';
import { recordCommand } from './cli/commands/record-command.js';
import { verifyCommand } from './cli/commands/verify-command.js';
import { viewCommand } from './cli/commands/view-command.js';
import { exitCodeOfError } from './cli/exit-code.js';
import { forgetEmptyVariables } from './cli/flags/environment.js';
import { handleOutputFailures, print, tellError } from './cli/output.js';
import { isSignalCode } from './cli/stop-signals.js';
import { fittedLines } from './cli/text/fitted-lines.js';
import { REPORT_COLUMNS } from './cli/text/wrapped.js';
import { brokenModule } from './shared/broken-module.js';
import { messageOf, TcsReplayError } from './shared/errors.js';
import { nearest } from './shared/expect.js';
import { packageVersion } from './shared/package-version.js';
import { asTooManyFiles } from './shared/too-many-files.js';

forgetEmptyVariables();
const program = addPlay(
  new Command('tcs-replay')
    .description('Replays recorded telescope control system (TCS) events from SQLite databases over ZeroMQ.')
    .enablePositionalOptions(),
).version(packageVersion(), '-V, --version', 'print the version');
const commands = [
  generateCommand(),
  listenCommand(),
  recordCommand(),
  loadtestCommand(),
  viewCommand(),
  proxyCommand(),
  ctlCommand(),
  keygenCommand(),
  infoCommand(),
  checkCommand(),
  verifyCommand(),
  prepareCommand(),
  convertCommand(),
  cacheCommand(),
  demoCommand(),
  completionCommand(program),
  manCommand(program),
];
for (const command of commands) program.addCommand(command);
for (const command of withSubcommands(program)) {
  command.exitOverride();
  command.helpOption('-h, --help', 'show this help');
  // An error takes one line: commander puts its suggestion on a second one.
  command.configureOutput({
    writeOut: (text) => print(fittedLines(text, helpColumns()).replace(/\n$/, '')),
    outputError: (message) => tellError(message.trim().replace(/^error: /, '')),
  });
}
program.helpCommand('help [command]', 'show the help of a command');

handleOutputFailures();

/** Settles when the command has ended. */
export default main();

async function main(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (thrown) {
    const broken = brokenModule(thrown);
    const error = broken ?? thrown;
    process.exitCode = exitCodeOfError(error);
    // Commander has printed its own errors.
    if (!(error instanceof CommanderError))
      tellError(`${messageOf(asTooManyFiles(error) ?? error)}${hintOf(error)}`);
    // Node 20 throws a second time what a module of CommonJS threw while it was imported.
    if (broken !== undefined) process.exit();
  }

  // After a signal, a thread may still be in a long statement, for which the process would wait.
  if (isSignalCode(process.exitCode)) process.exit();
}

/** Help has the width of the terminal, and is never wider than 80 columns elsewhere. */
function helpColumns(): number {
  return process.stdout.columns ?? REPORT_COLUMNS;
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
