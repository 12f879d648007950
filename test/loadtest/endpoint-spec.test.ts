import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEndpoints } from '../../src/loadtest/endpoint-spec.js';

test('an endpoint is a name and an address', () => {
  assert.deepEqual(
    parseEndpoints(['gui=tcp://*:6001', ' logger-2 = ipc:///tmp/a=b ', 'any=tcp://*:*', 'more=tcp://*:*']),
    [
      { name: 'gui', url: 'tcp://*:6001' },
      { name: 'logger-2', url: 'ipc:///tmp/a=b' },
      { name: 'any', url: 'tcp://*:*' },
      { name: 'more', url: 'tcp://*:*' },
    ],
  );
});

for (const [given, message] of [
  [['tcp://*:6001'], /Expected --endpoint to be NAME=URL such as gui=tcp:\/\/\*:6001, got "tcp:\/\/\*:6001"/],
  [['=tcp://*:6001'], /with a name of letters, digits, _, \. and -, which begins with a letter, got/],
  [['my gui=tcp://*:6001'], /with a name of letters/],
  [['gui='], /with an address of tcp:\/\/ or ipc:\/\/, got "gui="/],
  [['gui=inproc://gui'], /with an address of tcp/],
  [['gui=tcp://*:6001', 'gui=tcp://*:6002'], /a name that no other endpoint has, got "gui=tcp:\/\/\*:6002"/],
  [['gui=tcp://*:6001', 'logger=tcp://*:6001'], /an address that no other endpoint has, got "logger=/],
] as const) {
  test(`is not an endpoint: ${given.join(' ')}`, () => {
    assert.throws(() => parseEndpoints(given, '--endpoint'), { code: 'BAD_OPTION', message });
  });
}
