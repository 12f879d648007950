import { Option } from 'commander';

/**
 * An option that only the command line has. Its text is checked when it is parsed.
 *
 * @param check gets the text and the option's long flag; returns the value or throws a `BAD_OPTION` error
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
