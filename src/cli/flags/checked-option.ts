import { Option } from 'commander';

/**
 * An option whose value is checked, and named in errors as on the command line.
 *
 * @param check takes the value's text and the option's name; throws a `BAD_OPTION`
 */
export function checked<T>(
  flags: string,
  check: (value: string, name: string) => T,
  description: string,
  defaultValue?: T,
): Option {
  const option = new Option(flags, description);
  if (defaultValue !== undefined) option.default(defaultValue);
  return option.argParser((value) => check(value, option.long as string));
}
