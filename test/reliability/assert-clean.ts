import assert from 'node:assert/strict';
import type { Outcome } from '../support/peer.js';

const STACK = /^\s+at .*[(/].*:\d+:\d+\)?$/m;
/** Control characters but for the line break, and those that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const RAW = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Fails unless a command ended by itself with an expected exit code, and wrote text that a person can read. */
export function assertClean(outcome: Outcome, codes: readonly number[], where: string): void {
  const { code, signal, stdout, stderr } = outcome;
  const all = `${where}\nexit code ${code}, signal ${signal}\n${stderr}\n${stdout}`;
  assert.ok(signal === null && codes.includes(code ?? -1), all);
  assert.doesNotMatch(stderr, STACK, all);
  assert.doesNotMatch(stdout, STACK, all);
  assert.doesNotMatch(stderr, RAW, all);
  if (code !== 0) assert.notEqual(stderr + stdout, '', all);
}
