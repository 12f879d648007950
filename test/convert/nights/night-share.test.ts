import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isOfShare, parseNightShare } from '../../../src/convert/nights/night-share.js';

describe('the share of a task', () => {
  it('has each night in one task, whatever other nights there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 1, max: 500 }), (night, tasks) => {
        const all = Array.from({ length: tasks }, (_, i) => ({ task: i + 1, tasks }));
        assert.equal(all.filter((share) => isOfShare(night, share)).length, 1);
      }),
    );
  });

  it('has nights that follow each other in different tasks', () => {
    const tasks = 7;
    const taskOf = (night: number) =>
      Array.from({ length: tasks }, (_, i) => i + 1).find((task) => isOfShare(night, { task, tasks }));
    const first = Array.from({ length: tasks }, (_, i) => taskOf(17_613 + i));
    assert.equal(new Set(first).size, tasks);
  });

  it('is parsed, or refused with what is expected', () => {
    assert.deepEqual(parseNightShare('--nights', '3/10'), { task: 3, tasks: 10 });
    assert.deepEqual(parseNightShare('--nights', ' 1/1 '), { task: 1, tasks: 1 });
    for (const wrong of ['', '3', '0/10', '11/10', '3/0', '-1/10', '3 of 10', '1/1000000', '1.5/2'])
      assert.throws(() => parseNightShare('--nights', wrong), {
        code: 'BAD_OPTION',
        message: /--nights.*such as 3\/10/,
      });
    assert.throws(() => parseNightShare('--nights', '0/10'), /tasks count from 1/);
  });
});
