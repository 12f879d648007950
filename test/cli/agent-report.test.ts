import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadPage } from '../../src/cli/reports/load-page.js';
import { loadReportText } from '../../src/cli/reports/load-report-text.js';
import { passed, withAgents } from '../support/load-report-sample.js';
import { runCli } from '../support/peer.js';

const COLUMNS = 80;

describe('agents and proxies in a report', () => {
  it('have a line each', () => {
    const lines = loadReportText(withAgents()).split('\n');
    const row = (first: string) =>
      lines
        .find((line) => line.trim().startsWith(first))
        ?.trim()
        .split(/\s{2,}/) ?? [];
    assert.deepEqual(row('A ').slice(0, 4), ['A', '2', 'up to 120', '30']);
    assert.deepEqual(row('a1 ').slice(0, 4), ['a1', 'rack.dome', '2', '20,000']);
    assert.equal(row('<b> ').at(-1), 'missing');
    for (const line of lines) assert.ok(line.length <= COLUMNS, line);
  });

  it('have tables on the page', () => {
    const page = loadPage(withAgents());
    const section = page.slice(page.indexOf('<section id="agents">')).split('</section>')[0];
    assert.match(page, /<a href="#agents">Agents and proxies<\/a>/);
    assert.match(
      section,
      /<th scope="row">A<\/th>\s*<td>2<small>of 1 agent<\/small><\/td><td class="bad">up to 120<\/td><td class="bad">30<\/td>/,
    );
    assert.match(section, /<th scope="row">&lt;b&gt;<small>rack\.dome, behind A<\/small><\/th>/);
  });

  it('are left out where there are none', () => {
    assert.doesNotMatch(loadReportText(passed()), /\bproxy\b|\bagent\b/);
    assert.doesNotMatch(loadPage(passed()), /id="agents"|#agents/);
  });
});

describe('listen as an agent', () => {
  for (const [args, message] of [
    [['--name', 'a'], '--name needs --report-to: it is for an agent of a load test'],
    [['--subscribers', '2'], '--subscribers needs --report-to: it is for an agent of a load test'],
    [
      ['--report-to', 'tcp://127.0.0.1:9', '--count', '5'],
      '--count and --report-to do not go together: an agent ends when the load test does, and reads JSON',
    ],
    [
      ['--report-to', 'tcp://127.0.0.1:9', '--name', 'a b'],
      'Expected --name to be a name of 1 to 64 letters, digits, ".", "_" and "-", got "a b"',
    ],
    [
      ['--report-to', 'tcp://127.0.0.1:9', '--hop', 'A//B'],
      'Expected --hop to be the name of a proxy, or those of all on the way from the publisher, such as A/B, got "A//B"',
    ],
    [
      ['--report-to', 'tcp://127.0.0.1:9', '--subscribers', '0'],
      'Expected --subscribers to be a whole number, 1 to 1000, got "0"',
    ],
  ] as const)
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runCli(['listen', ...args]);
      assert.deepEqual({ code, stdout, stderr }, { code: 2, stdout: '', stderr: `error: ${message}\n` });
    });

  it('names the option of the key that cannot be read', async () => {
    const keys = ['--curve-server', '/nowhere.key', '--report-server', '/nowhere.key'];
    const { code, stderr } = await runCli(['listen', '--report-to', 'tcp://127.0.0.1:9', ...keys]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: Cannot read the key file of --curve-server: ENOENT/);
  });

  it('needs an address for its reports', async () => {
    const { code, stderr } = await runCli(['loadtest', 'night.db', '--agents', '2']);
    assert.deepEqual(
      [code, stderr],
      [2, 'error: --agents needs --report-bind: the address at which they report\n'],
    );
  });
});
