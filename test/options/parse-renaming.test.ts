import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRenaming } from '../../src/options/parse-renaming.js';

const parse = (rename: string[], prefix?: string) =>
  parseRenaming({ prefix, rename }, (option) => `--${option}`);

describe('options that rename topics', () => {
  it('give rules, and a prefix', () => {
    assert.equal(parse([]), undefined);
    const renaming = parse(['tracker.*=sim.tracker.*', 'a=b=c'], 'replay.');
    assert.deepEqual(renaming?.rules, [
      { from: 'tracker.*', to: 'sim.tracker.*' },
      { from: 'a', to: 'b=c' },
    ]);
    assert.equal(renaming?.sentAs('tracker.x'), 'replay.sim.tracker.x');
    assert.equal(renaming?.sentAs('dome.x'), 'replay.dome.x');
  });

  for (const wrong of ['tracker', '=x', 'x=', '=', 'a?=b', 'a=b?', 'a.*=b.*.*', 'a=*']) {
    it(`are refused where they are no rule: ${wrong}`, () => {
      assert.throws(() => parse([wrong]), {
        code: 'BAD_OPTION',
        message: /^Expected --rename to be a topic and its new name, such as tracker\.\*=replay\.\*, got /,
      });
    });
  }
});
