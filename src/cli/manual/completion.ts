import type { Command, Option } from 'commander';
import { type CommandNode, commandTree } from './command-tree.js';

export type Shell = 'bash' | 'zsh' | 'fish';

const WRITERS: Record<Shell, (nodes: readonly CommandNode[]) => string> = { bash, zsh, fish };

/** A script with which a shell completes the commands and options of a program; otherwise, names of files. */
export function completionScript(program: Command, shell: Shell): string {
  return WRITERS[shell](commandTree(program));
}

function bash(nodes: readonly CommandNode[]): string {
  const cases = nodes.map((node) => {
    const options = node.options.flatMap(namesOf).join(' ');
    return `    '${node.path.join(' ')}') options='${options}' words='${wordsOf(node).join(' ')}' ;;`;
  });
  return `# Completion of tcs-replay for bash: source <(tcs-replay completion bash)
_tcs_replay() {
  local word command='' options='' words='' current=\${COMP_WORDS[COMP_CWORD]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${commandCases(nodes)}
  done
  case "$command" in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _tcs_replay tcs-replay tcs_replay`;
}

function zsh(nodes: readonly CommandNode[]): string {
  const cases = nodes.map((node) => {
    const options = node.options.flatMap((option) =>
      namesOf(option).map((name) => quoted(`${name}:${option.description}`)),
    );
    const words = node.subcommands.map(({ name, summary }) => quoted(`${name}:${summary}`));
    return `    '${node.path.join(' ')}') options=(${options.join(' ')}) commands=(${[...words, ...node.choices].join(' ')}) ;;`;
  });
  return `#compdef tcs-replay tcs_replay
# Completion of tcs-replay for zsh: source <(tcs-replay completion zsh)
_tcs_replay() {
  local word command=''
  local -a options commands
  for word in "\${(@)words[2,CURRENT-1]}"; do
${commandCases(nodes)}
  done
  case "$command" in
${cases.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe option options
  else
    (( $#commands )) && _describe command commands
    _files
  fi
}
if [[ $funcstack[1] == _tcs_replay ]]; then _tcs_replay "$@"; else compdef _tcs_replay tcs-replay tcs_replay; fi`;
}

/** Follows the words of a command line, in bash and zsh: a word that is a command of the current one becomes the current one. */
function commandCases(nodes: readonly CommandNode[]): string {
  const cases = nodes
    .filter(({ path }) => path.length > 0)
    .map(
      ({ path }) => `      '${path.slice(0, -1).join(' ')}:${path.at(-1)}') command='${path.join(' ')}' ;;`,
    );
  return ['    case "$command:$word" in', ...cases, '    esac'].join('\n');
}

function fish(nodes: readonly CommandNode[]): string {
  const lines = nodes.flatMap((node) => {
    const { path, options, subcommands } = node;
    const when = `-n ${quoted(
      fishCondition(
        path,
        subcommands.map(({ name }) => name),
      ),
    )}`;
    const whenOptions = `-n ${quoted(fishCondition(path, path.length === 0 ? subcommands.map(({ name }) => name) : []))}`;
    return [
      ...subcommands.map(({ name, summary }) => `${when} -a ${name} -d ${quoted(summary)}`),
      ...(node.choices.length === 0 ? [] : [`${when} -a ${quoted(node.choices.join(' '))}`]),
      ...options.map((option) => `${whenOptions} ${fishOption(option)}`),
    ];
  });
  const head = '# Completion of tcs-replay for fish';
  return [head, ...lines.map((line) => `complete -c tcs-replay ${line}`)].join('\n');
}

/** Whether all words of `path` were typed, and none of `further`. */
function fishCondition(path: readonly string[], further: readonly string[]): string {
  const typed = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const open = further.length === 0 ? [] : [`not __fish_seen_subcommand_from ${further.join(' ')}`];
  return [...typed, ...open].join('; and ') || 'true';
}

function fishOption(option: Option): string {
  const names = [option.short && `-s ${option.short.slice(1)}`, option.long && `-l ${option.long.slice(2)}`];
  const takesValue = option.required || option.optional ? ['-r'] : [];
  return [...names.filter(Boolean), ...takesValue, `-d ${quoted(option.description)}`].join(' ');
}

function namesOf({ long, short }: Option): string[] {
  return [long, short].filter((name) => name !== undefined);
}

function wordsOf({ subcommands, choices }: CommandNode): string[] {
  return [...subcommands.map(({ name }) => name), ...choices];
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
