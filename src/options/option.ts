/** An option: its default, and the check that a given value has to pass. */
export interface Option<T> {
  /** The value where the user gave none. It is not checked: Infinity can stand for "no limit". */
  readonly default: T;
  /**
   * Turns what the user gave, typed through the library or as text on the command line, into the option's value.
   *
   * @param name what the user calls the option
   * @throws TcsReplayError `BAD_OPTION`
   */
  readonly check: (value: never, name: string) => T;
}

export function option<T>(defaultValue: NoInfer<T>, check: Option<T>['check']): Option<T> {
  return { default: defaultValue, check };
}
