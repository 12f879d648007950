import * as expect from '../../shared/expect.js';

/** How a number is written on the command line. */
export interface TextForm {
  /** @throws TcsReplayError `BAD_OPTION`, which calls the option `name` */
  read(text: string, name: string): number;
  show(value: number): string;
}

/** A time above 0, in seconds: `90s`, `10m`. */
export const seconds: TextForm = {
  read: (text, name) => expect.durationS(name, text),
  show: (value) => (value === 0 ? '0' : `${value}s`),
};

/** A time from 0 on, in seconds. */
export const secondsOrZero: TextForm = {
  read: (text, name) => expect.durationOrZeroS(name, text),
  show: seconds.show,
};

/** A time above 0, in milliseconds: `50ms`. */
export const milliseconds: TextForm = {
  read: (text, name) => 1000 * expect.durationS(name, text),
  show: (value) => `${value}ms`,
};

/** A time from 0 on, in milliseconds, or `forever`, which is -1. */
export const lingerTime: TextForm = {
  read: (text, name) => (text === 'forever' ? -1 : Math.round(1000 * expect.durationOrZeroS(name, text))),
  show: (value) => `${value / 1000}s`,
};

/** A size in bytes: `16MiB`. */
export const size: TextForm = {
  read: (text, name) => expect.sizeBytes(name, text),
  show: (value) => `${value / (1 << 20)}MiB`,
};

/** A whole number of at least `least`. */
export function wholeFrom(least: number): TextForm {
  return { read: (text, name) => expect.integer(name, text, least), show: String };
}

/** A number above 0. */
export const positive: TextForm = {
  read: (text, name) => expect.above(name, text, 0),
  show: String,
};
