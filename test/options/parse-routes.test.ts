import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRoutes } from '../../src/options/parse-routes.js';

const [A, B, C] = ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2', 'ipc:///tmp/c'];
const parse = (url: string[], connect: string[] = []) =>
  parseRoutes({ url, connect }, (option) => `--${option}`);

describe('addresses with topics', () => {
  it('have one socket for each set of topics, in any order, and one for all topics', () => {
    assert.deepEqual(parse([`${A}=x.*,y`, B, `${C}=y , x.*`], [`tcp://h:1=x.*,y`, 'tcp://h:2']), [
      { bind: [A, C], connect: ['tcp://h:1'], topics: ['x.*', 'y'] },
      { bind: [B], connect: ['tcp://h:2'], topics: [] },
    ]);
  });

  it('are one socket where none has topics, and where there is none', () => {
    assert.deepEqual(parse([A, B]), [{ bind: [A, B], connect: [], topics: [] }]);
    assert.deepEqual(parse([]), [{ bind: [], connect: [], topics: [] }]);
  });

  it('may have a path with =, where * for all topics follows', () => {
    assert.deepEqual(parse(['ipc:///tmp/a=b=*']), [{ bind: ['ipc:///tmp/a=b'], connect: [], topics: [] }]);
    assert.deepEqual(parse(['ipc:///tmp/a=b=x']), [{ bind: ['ipc:///tmp/a=b'], connect: [], topics: ['x'] }]);
  });

  it('are two where the system chooses the port', () => {
    const any = 'tcp://127.0.0.1:*';
    assert.deepEqual(
      parse([`${any}=x`, `${any}=y`]).map(({ bind, topics }) => [...bind, ...topics]),
      [
        [any, 'x'],
        [any, 'y'],
      ],
    );
  });

  for (const wrong of [`${A}=`, `${A}=x,`, `x.*=${A}`, '=x']) {
    it(`are refused where they are none: ${wrong}`, () => {
      assert.throws(() => parse([wrong]), {
        code: 'BAD_OPTION',
        message: `Expected --url to be an address, or one with its topics such as tcp://127.0.0.1:30400=tracker.*, got "${wrong}"`,
      });
    });
  }

  it('are refused where one is there twice, with different topics', () => {
    const expected = {
      code: 'BAD_OPTION',
      message: `Expected --url to be an address once, with all its topics such as ${A}=tracker.*,dome.*, got "${A}" twice, with different topics`,
    };
    assert.throws(() => parse([`${A}=x`, `${A}=y`]), expected);
    assert.throws(() => parse([A, `${A}=y`]), expected);
  });
});
