import { Option } from 'commander';
import type { Flag } from '../flags/flag.js';

/** A key of a scenario: an option of the command line, by its long flag without the hyphens. */
export interface ScenarioKey {
  /** `wait-subscribers` for `--wait-subscribers <count>`, `sentinel` for `--no-sentinel`. */
  readonly name: string;
  readonly flag: Flag;
  /** `switch`: true or false; `text`: one text or number; `list`: one or several of them; `either`: a switch, or a text. */
  readonly kind: 'switch' | 'text' | 'list' | 'either';
}

/** The keys that stand for flags. */
export function scenarioKeys(flags: readonly Flag[]): ScenarioKey[] {
  return flags.map((flag) => {
    const option = new Option(flag.flags);
    const name = (option.long as string).replace(/^--(no-)?/, '');
    if (option.isBoolean() || option.negate) return { name, flag, kind: 'switch' };
    if (option.optional) return { name, flag, kind: 'either' };
    return { name, flag, kind: flag.isRepeatable === true || option.variadic ? 'list' : 'text' };
  });
}
