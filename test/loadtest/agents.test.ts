import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { AgentOutcome } from '../../src/loadtest/agent/agent.js';
import type { LoadReport } from '../../src/loadtest/load-report.js';
import { loadTest } from '../../src/loadtest/load-test.js';
import { exactly } from '../../src/loadtest/watch/counted-loss.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { childrenOf } from '../support/children-of.js';
import { writeEvenNight } from '../support/even-night.js';
import { assertWhole, holding, named } from '../support/load-results.js';
import { OtherHost, skipWithoutOtherHost } from '../support/other-host.js';
import { endAll, freePort, type RunningProgram, startCli } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LONG = { timeout: 180_000 };
const RATE_PER_S = 150;
const HELD_S = [1, 12] as const;
/** Subscribers of an agent. */
const EACH = 3;
/** Events for which there is room at those that the machine holds up: of four seconds. */
const SLACK = 4 * RATE_PER_S;

describe('agents of a load test', { concurrency: 1 }, () => {
  after(endAll);

  it(
    'report what their subscribers receive, also through a proxy, and end with it',
    LONG,
    async (context) => {
      const folder = temporaryFolder(context);
      const night = join(folder, 'night.db');
      writeEvenNight(night, { events: 500, ratePerS: 100, fillBytes: 100, topics: ['tcs.a', 'lrs2.b'] });
      const [url, behind, reports] = await addresses(3);
      const proxy = startCli(['proxy', '--from', url, '--to', behind]);
      const loadtest = startCli([
        ...['loadtest', night, '-u', url, '--report-bind', reports, '--agents', '2', '--json'],
        ...[
          '--stage',
          '100:2s',
          '--fail-if',
          'lost>0',
          '--fail-if',
          'rack-1: received<1',
          '--wait-timeout',
          '120',
        ],
      ]);
      const rack = startAgent(behind, reports, ['--name', 'rack', '--subscribers', '2', '--hop', 'A']);
      await loadtest.waitForOutput(/^Agent rack, on .*, is there with 2 subscribers$/m);
      const twin = await startAgent(behind, reports, ['--name', 'rack']).outcome;
      assert.equal(twin.code, 1, twin.stderr);
      assert.match(
        twin.stderr,
        /^error: The load test at .* refuses this agent: Expected the names of agents to be unique/m,
      );
      const desk = startAgent(url, reports, ['--name', 'desk', '-t', 'tcs.*']);
      const report = await reportOf(loadtest, [0, 5]);
      for (const name of ['sentinel', 'rack-1', 'rack-2', 'desk']) assertWhole(named(report, name));
      // A machine that is busy with other things sends less.
      const { sent } = report.load;
      const received = ['rack-1', 'desk'].map((name) => named(report, name).received);
      assert.deepEqual(received, [sent, Math.ceil(sent / 2)]);
      assert.deepEqual(
        report.conditions.filter(({ outcome }) => outcome !== 'kept'),
        [],
      );
      const outcomes = await Promise.all([rack, desk].map(outcomeOf));
      for (const { name, endedBy, subscribers, clockErrorUs } of outcomes) {
        const told = report.agents.find((each) => each.name === name);
        const received = subscribers.reduce((sum, each) => sum + each.received, 0);
        assert.deepEqual([endedBy, told?.state, told?.received], ['load-test', 'ended', received], name);
        // One machine has one clock.
        assert.ok(clockErrorUs > 0 && clockErrorUs < 1e6, `${clockErrorUs}`);
        assert.equal(told?.latency?.spectrum.at(-1)?.[0], 100);
      }
      const [hop, ...others] = report.hops;
      assert.deepEqual(others, []);
      assert.deepEqual([hop.name, hop.agents, hop.subscribers], ['A', ['rack'], 2]);
      const none = { least: 0, most: 0, about: 0 };
      assert.deepEqual([hop.lostBefore, hop.lostBehind], [none, none]);
      proxy.kill('SIGINT');
      assert.deepEqual(await proxy.outcome.then(({ code, stdout }) => [code, stdout]), [130, '']);
    },
  );

  it('tell where events were lost, and which of them is missing', {
    timeout: 300_000,
    skip: skipWithoutOtherHost(),
  }, async (context) => {
    const folder = temporaryFolder(context);
    const night = join(folder, 'night.db');
    // Those of seven seconds are more than Linux keeps for a connection, whose receiver stands still: 4 MiB.
    writeEvenNight(night, { events: 2000, ratePerS: 1000, fillBytes: 4000 });
    const keys = generateCertificate(join(folder, 'site'), false);
    const ports = {
      A: await freePort(),
      B: await freePort(),
      reports: await freePort(),
      events: await freePort(),
    };
    // The buffers of ipc are small: a proxy that stands still loses events after some seconds.
    const url = `ipc://${join(folder, 'pub')}`;
    const proxies = (['A', 'B'] as const).map((hop) =>
      startCli([
        ...[
          'proxy',
          '--from',
          url,
          '--to',
          `tcp://*:${ports[hop]}`,
          '--hwm',
          String(SLACK),
          '--receive-hwm',
          '10',
        ],
        ...['--curve-server', keys.publicFile, '--curve-keys', keys.secretFile],
      ]),
    );
    const hosts = await Promise.all(
      Array.from({ length: 4 }, () => OtherHost.open({ receiveBufferBytes: 16_384 })),
    );
    context.after(() => Promise.all(hosts.map((host) => host.close())));
    const agents = hosts.map(({ here, enter }, i) => {
      const [name, hop] = [`a${i + 1}`, i < 2 ? 'A' : 'B'] as const;
      const args = [
        '--name',
        name,
        '--hop',
        hop,
        '--subscribers',
        String(EACH),
        '--curve-server',
        keys.publicFile,
      ];
      return startAgent(`tcp://${here}:${ports[hop]}`, `tcp://${here}:${ports.reports}`, args, enter);
    });
    const [{ here, enter }] = hosts;
    const direct = startAgent(
      `tcp://${here}:${ports.events}`,
      `tcp://${here}:${ports.reports}`,
      ['--name', 'direct', '--curve-server', keys.publicFile],
      enter,
    );
    const [proxyA] = proxies;
    const [, killed, holder] = agents;
    let slow = 0;
    const report = await loadTest({
      ...{
        databases: night,
        url: [url, `tcp://*:${ports.events}`],
        curveKeys: keys.secretFile,
        highWaterMark: SLACK,
        waitSetupS: 0,
      },
      ...{ reportBind: `tcp://*:${ports.reports}`, agents: 5, waitTimeoutS: 180, drainS: 30 },
      ...{ stages: [`${RATE_PER_S}:14s`], failIf: ['lost>0'] },
      onLoadProgress: holding(
        {
          hold: () => {
            killed.kill('SIGKILL');
            slow = processOf('a3-3', holder);
            process.kill(slow, 'SIGSTOP');
            proxyA.kill('SIGSTOP');
          },
          release: () => {
            proxyA.kill('SIGCONT');
            process.kill(slow, 'SIGCONT');
          },
        },
        ...HELD_S,
      ),
    });
    const { sent } = report.load;
    assert.equal(report.verdict, 'inconclusive');
    assert.match(
      report.reasons[0],
      /^Agent a2, on .*, is missing: its last report came .* into the load, and it did not send its totals$/,
    );
    const states = report.agents.map(({ name, state, subscribers }) => [name, state, subscribers.length]);
    assert.deepEqual(states.sort(), [
      ['a1', 'ended', EACH],
      ['a2', 'missing', EACH],
      ['a3', 'ended', EACH],
      ['a4', 'ended', EACH],
      ['direct', 'ended', 1],
    ]);
    const [a, b] = report.hops;
    assert.deepEqual([a.name, a.subscribers, b.name, b.subscribers], ['A', EACH, 'B', 2 * EACH]);
    // What the proxy did not get, nobody behind it has.
    const lostBefore = sent - (named(report, 'a1-1').received ?? 0);
    assert.ok(lostBefore > 0);
    assert.deepEqual(
      [a.lostBefore?.about, a.lostBefore?.most, a.lostBehind?.about],
      [lostBefore, lostBefore, 0],
    );
    const lostBehind = sent - (named(report, 'a3-3').received ?? 0);
    assert.ok(lostBehind > 0);
    assert.deepEqual([b.lostBefore, b.lostBehind], [exactly(0), exactly(lostBehind)]);
    const missed = report.conditions.filter(({ outcome }) => outcome === 'missed');
    const names = missed.map(({ subscriber }) => subscriber).filter((name) => name.startsWith('a'));
    assert.deepEqual(names.sort(), [...Array.from({ length: EACH }, (_, i) => `a1-${i + 1}`), 'a3-3']);
    assertWhole(named(report, 'sentinel'));
    // It is one subscriber, though its connection is seen, too.
    assertWhole(named(report, 'direct'));
    assert.match(named(report, 'direct').peer ?? '', /^198\.1[89]\.\d+\.\d+:\d+$/);
    const others = report.subscribers.filter(({ proof }) => proof !== 'count' && proof !== 'check-in');
    assert.deepEqual(others, []);
    for (const agent of [direct, agents[0], agents[2], agents[3]])
      assert.equal((await agent.outcome).code, 0);
  });
});

function startAgent(
  url: string,
  reports: string,
  args: readonly string[],
  within?: readonly string[],
): RunningProgram {
  return startCli(['listen', url, '--stats', '--report-to', reports, '--json', ...args], {}, within);
}

async function outcomeOf(agent: RunningProgram): Promise<AgentOutcome> {
  const { code, stdout, stderr } = await agent.outcome;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** @param codes exit codes that may be: a busy machine makes a pass inconclusive */
async function reportOf(loadtest: RunningProgram, codes: readonly number[]): Promise<LoadReport> {
  const { code, stdout, stderr } = await loadtest.outcome;
  assert.ok(codes.includes(code ?? -1), `${code}: ${stdout} ${stderr}`);
  return JSON.parse(stdout);
}

/** The process of a subscriber of an agent: its name stands in its command line. */
function processOf(subscriber: string, agent: RunningProgram): number {
  const found = childrenOf(agent.pid as number).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(subscriber),
  );
  assert(found !== undefined, subscriber);
  return found;
}

async function addresses(count: number): Promise<string[]> {
  const ports: string[] = [];
  for (let i = 0; i < count; i++) ports.push(`tcp://127.0.0.1:${await freePort()}`);
  return ports;
}
