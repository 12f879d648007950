import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { withoutSwallowedDatabase } from '../../../src/cli/flags/web-value.js';
import { allowedHosts } from '../../../src/web/http/allowed-hosts.js';

describe('the hosts that a page may be asked for by', () => {
  it('are the names of the loopback with the port, on the loopback', () => {
    assert.deepEqual(
      allowedHosts({ host: '127.0.0.1', port: 8080 }),
      new Set(['localhost:8080', '127.0.0.1:8080', '[::1]:8080']),
    );
    assert(allowedHosts({ host: '127.0.0.2', port: 1 }).has('127.0.0.2:1'));
  });

  it('are the names without a port, too, at the port that browsers leave out', () => {
    const hosts = allowedHosts({ host: '127.0.0.1', port: 80 });
    assert(hosts.has('localhost') && hosts.has('localhost:80') && hosts.has('[::1]'));
  });

  it('are also the name and the addresses of the machine, where others may reach it', () => {
    const hosts = allowedHosts({ host: '0.0.0.0', port: 8080 });
    assert(hosts.has(`${hostname().toLowerCase()}:8080`) && hosts.has('localhost:8080'));
    assert(!hosts.has('evil.example:8080'));
  });
});

describe('the word behind --web', () => {
  for (const web of ['8080', '127.0.0.1:0', '[::1]:8080', 'localhost:99999'])
    it(`is an address: ${web}`, () => {
      const given = withoutSwallowedDatabase(['night.db'], { web });
      assert.deepEqual([given.databases, given.options.web], [['night.db'], web]);
    });
  for (const web of ['night.db', 'nights/', 'C:/nights', 'a:b', '2018-03-23.db'])
    it(`is a database: ${web}`, () => {
      const given = withoutSwallowedDatabase(['other.db'], { web });
      assert.deepEqual([given.databases, given.options.web], [[web, 'other.db'], true]);
    });
});
