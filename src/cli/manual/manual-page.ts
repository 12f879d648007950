import type { EventEmitter } from 'node:events';
import type { Command, Option } from 'commander';
import { fittedLines } from '../text/fitted-lines.js';
import { type CommandNode, commandTree } from './command-tree.js';

const NAME = 'tcs-replay';
/** Width of text that man does not fill: its pages are indented. */
const MAN_COLUMNS = 72;

/** The manual page of a program, for man(1), from the same table as its help. */
export function manualPage(program: Command): string {
  const [whole, ...commands] = commandTree(program);
  return [
    `.TH ${NAME.toUpperCase()} 1 "" "${NAME} ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    roff(`${NAME} - ${decapitalized(program.description())}`),
    '.SH SYNOPSIS',
    ...[whole, ...commands].flatMap(synopsis),
    '.SH DESCRIPTION',
    roff(program.description()),
    ...argumentLines(program),
    '.SH OPTIONS',
    ...optionLines(whole, '.SS'),
    ...afterLines(program),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH ENVIRONMENT',
    ...environmentLines([whole, ...commands]),
  ].join('\n');
}

function synopsis({ path, command }: CommandNode): string[] {
  return [`.B ${roff([NAME, ...path].join(' '))}`, roff(command.usage()), '.br'];
}

function commandLines(node: CommandNode): string[] {
  return [
    `.SS ${roff([NAME, ...node.path].join(' '))}`,
    roff(node.command.description()),
    ...argumentLines(node.command),
    ...optionLines(node, '.PP'),
    ...afterLines(node.command),
  ];
}

function argumentLines(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleArguments(command)
    .flatMap((argument) => [
      '.TP',
      `.I ${roff(help.argumentTerm(argument))}`,
      roff(help.argumentDescription(argument)),
    ]);
}

/** @param heading the macro of the headings of groups */
function optionLines({ command, options }: CommandNode, heading: '.SS' | '.PP'): string[] {
  const help = command.createHelp();
  const groups = help.groupItems(
    [...command.options],
    [...options],
    (option: Option) => option.helpGroupHeading ?? '',
  );
  return [...groups].flatMap(([name, items]) => [
    ...(name === ''
      ? []
      : heading === '.SS'
        ? [`.SS ${roff(name.replace(/:$/, ''))}`]
        : ['.PP', `.I ${roff(name)}`]),
    ...items.flatMap((option) => [
      '.TP',
      `.B ${roff(help.optionTerm(option))}`,
      roff(help.optionDescription(option)),
    ]),
  ]);
}

/** What the help says after the options: explanations, examples, exit codes. */
function afterLines(command: Command): string[] {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  // Commands are emitters, and addHelpText listens to this event; commander's types do not say so.
  (command as unknown as EventEmitter).emit('afterHelp', { error: false, command, write });
  const lines = fittedLines(text.trim(), MAN_COLUMNS).split('\n');
  return text === '' ? [] : ['.PP', '.nf', ...lines.map(roff), '.fi'];
}

function environmentLines(nodes: readonly CommandNode[]): string[] {
  const named = new Map(
    nodes.flatMap(({ options }) =>
      options.flatMap((option) => (option.envVar === undefined ? [] : [[option.envVar, option] as const])),
    ),
  );
  return [...named].flatMap(([name, { long, description }]) => [
    '.TP',
    `.B ${name}`,
    roff(`as ${long}: ${description}`),
  ]);
}

function decapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}

/** A line in the language of man pages. */
function roff(line: string): string {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
    .replace(/^$/, '\\&');
}
