import { type Command, Option } from 'commander';
import type { NameOf } from '../../shared/expect.js';
import type { TextForm } from './text-form.js';

/** A row of a command's options: which option of the library a flag gives, and how. */
export interface Flag<O extends string = string> {
  /** The option, by its name in the library. */
  readonly option: O;
  /** As commander takes them: `-s, --speedup <factor>`. */
  readonly flags: string;
  readonly help: string;
  /** How the value is written. Default: the text is the value, since the library checks texts too. */
  readonly form?: TextForm;
  /** Whether the flag can be given several times; the value is then the list of all texts. */
  readonly isRepeatable?: boolean;
  /** The environment variable that gives the value where the flag does not. */
  readonly env?: string;
}

/**
 * Adds flags to a command. Commander collects their values by the names of the library's options.
 *
 * @param table the options' defaults, which the help shows
 */
export function addFlags(
  command: Command,
  flags: readonly Flag[],
  table: Readonly<Record<string, { readonly default: unknown } | undefined>> = {},
): Command {
  for (const flag of flags) {
    const shown = shownDefault(table[flag.option]?.default, flag.form);
    command.addOption(new FlagOption(flag, shown === undefined ? '' : ` (default: ${shown})`));
  }
  return command;
}

/** What the user of a command calls an option: the long flag, `--late-after` for `lateAfterMs`. */
export function flagNames(flags: readonly Flag[]): NameOf<string> {
  const names = new Map(flags.map((flag) => [flag.option, longFlag(flag)]));
  return (option) => names.get(option) ?? option;
}

export function longFlag({ flags }: Flag): string {
  return new Option(flags).long as string;
}

class FlagOption extends Option {
  private readonly _option: string;

  constructor({ option, flags, help, form, isRepeatable = false, env }: Flag, helpOfDefault: string) {
    super(flags, `${help}${helpOfDefault}`);
    this._option = option;
    if (env !== undefined) this.env(env);
    if (form !== undefined) this.argParser((text) => form.read(text, this.long as string));
    if (isRepeatable) this.argParser((text, before: string[] | undefined) => [...(before ?? []), text]);
  }

  override attributeName(): string {
    return this._option;
  }
}

/** @returns undefined for a switch, and for a default that stands for "none": no limit, an empty list */
function shownDefault(value: unknown, form: TextForm | undefined): string | undefined {
  if (value === undefined || typeof value === 'boolean' || value === Number.POSITIVE_INFINITY)
    return undefined;
  if (form !== undefined) return form.show(value as number);
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(', ');
  return typeof value === 'object' ? undefined : JSON.stringify(value);
}
