import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressText, isOfThisMachine, parseHttpAddress } from '../../src/shared/http-address.js';

describe('an address of HTTP', () => {
  for (const [given, text, isLocal] of [
    ['9464', '127.0.0.1:9464', true],
    [9464, '127.0.0.1:9464', true],
    ['0', '127.0.0.1:0', true],
    ['localhost:9464', 'localhost:9464', true],
    ['127.0.0.2:65535', '127.0.0.2:65535', true],
    ['[::1]:9464', '[::1]:9464', true],
    ['0.0.0.0:9464', '0.0.0.0:9464', false],
    ['[::]:9464', '[::]:9464', false],
    ['rack7.example:9464', 'rack7.example:9464', false],
    ['127.0.0.1.example:9464', '127.0.0.1.example:9464', false],
  ] as const) {
    it(`${given} is ${text}, which ${isLocal ? 'this machine alone reaches' : 'others reach'}`, () => {
      const address = parseHttpAddress(given, 'metrics');
      assert.equal(addressText(address), text);
      assert.equal(isOfThisMachine(address), isLocal);
    });
  }

  for (const given of [
    '',
    ':9464',
    '127.0.0.1',
    '127.0.0.1:',
    '65536',
    '-1',
    '1.5',
    'http://a:1',
    'a b:1',
    '::1:9464',
  ])
    it(`"${given}" is refused with what was expected`, () => {
      assert.throws(() => parseHttpAddress(given, '--metrics'), {
        code: 'BAD_OPTION',
        message: `Expected --metrics to be a port from 0 to 65535, or a host and a port, such as 9464, 127.0.0.1:9464 or [::1]:9464, got "${given}"`,
      });
    });
});
