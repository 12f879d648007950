import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentMark, isAgentMark } from '../../src/loadtest/agent-mark.js';
import { AgentRoster, MISSING_AFTER_MS } from '../../src/loadtest/agent-roster.js';
import { awaitAgents } from '../../src/loadtest/await-agents.js';

const ENDS = '{"end":true}';

describe('the agents of a load test', () => {
  it('are known by their names, and so are their subscribers', () => {
    const { roster, answers } = rosterOf();
    roster.hello(hello('a', { subscribers: 2, hops: ['A', 'B'] }), answers.take);
    assert.deepEqual(answers.all, ['{"hello":{"agent":"a"}}']);
    assert.deepEqual(roster.agentOf('a-2')?.hops, ['A', 'B']);
    assert.equal(roster.agentOf('a'), undefined);
    assert.deepEqual(roster.all[0].names, ['a-1', 'a-2']);
  });

  it('have names that no other one has, unless that one is gone before the load', () => {
    const { roster, answers, clock } = rosterOf();
    roster.hello(hello('a', { subscribers: 2 }), answers.take);
    roster.hello(hello('a', { subscribers: 2 }), answers.take);
    const other = { ...hello('a'), token: 'b'.repeat(16), host: 'elsewhere' };
    const refusal = /Expected the names of agents to be unique, and there is an agent a on here already/;
    assert.throws(() => roster.hello(other, answers.take), refusal);
    assert.throws(() => roster.hello({ ...other, agent: 'a-1', subscribers: 1 }, answers.take), {
      message: /agent a on here/,
    });
    clock.ms += MISSING_AFTER_MS;
    roster.hello(other, answers.take);
    assert.deepEqual(
      roster.all.map(({ host }) => host),
      ['elsewhere'],
    );
    roster.begin(roster.all);
    clock.ms += MISSING_AFTER_MS;
    assert.throws(() => roster.hello(hello('a'), answers.take), /agent a on elsewhere/);
  });

  it('have ended when their totals are those of their reports', () => {
    const { roster, answers, clock } = rosterOf();
    roster.hello(hello('a', { subscribers: 2 }), answers.take);
    const received = new Map([['a-1', 5]]);
    const end = () =>
      roster.end({ agent: 'a', token: TOKEN, received: 9 }, (name) => received.get(name) ?? 0, answers.take);
    answers.all.length = 0;
    roster.requestEnd();
    assert.deepEqual(answers.all, [ENDS]);
    end();
    assert.deepEqual([roster.all[0].state, roster.isOver, answers.all], ['there', false, [ENDS]]);
    received.set('a-2', 4);
    end();
    assert.deepEqual([roster.all[0].state, roster.isOver], ['ended', true]);
    assert.deepEqual(answers.all, [ENDS, '{"end":{"agent":"a"}}']);
    clock.ms += 2 * MISSING_AFTER_MS;
    assert.deepEqual([roster.faults(0), roster.isSilent(roster.all[0])], [[], false]);
  });

  it('are missing when nothing more comes, and that is told', () => {
    const { roster, answers, clock } = rosterOf();
    roster.hello(hello('a'), answers.take);
    roster.hello(hello('b'), answers.take);
    clock.ms = 4000;
    roster.heard('a', answers.take);
    roster.heard('b', answers.take);
    clock.ms = 9000;
    roster.heard('b', answers.take);
    assert.deepEqual(roster.takeNotices(), ['Agent a, on here, has not reported for 5.00s']);
    assert.deepEqual(roster.takeNotices(), []);
    roster.heard('a', answers.take);
    assert.deepEqual(roster.takeNotices(), ['Agent a, on here, reports again']);
    clock.ms += MISSING_AFTER_MS;
    assert.deepEqual([roster.isSilent(roster.all[0]), roster.isOver], [true, true]);
    assert.deepEqual(roster.faults(1000), [
      'Agent a, on here, is missing: its last report came 8.00s into the load, and it did not send its totals',
      'Agent b, on here, is missing: its last report came 8.00s into the load, and it did not send its totals',
    ]);
  });

  it('have left when they end before they are asked to', () => {
    const { roster, answers } = rosterOf();
    roster.hello(hello('a'), answers.take);
    roster.end({ agent: 'a', token: TOKEN, received: 0 }, () => 0, answers.take);
    assert.deepEqual(roster.faults(0), ['Agent a, on here, ended before the load test did']);
  });

  it('belong to one load test', () => {
    const { roster, answers } = rosterOf();
    assert.throws(() => roster.heard('a', answers.take), /Expected a hello of the agent a first/);
  });
});

describe('the wait for agents', () => {
  it('ends when the subscriptions of all subscribers have arrived', async () => {
    const { roster, answers } = rosterOf();
    const subscriptions = new Set(['', agentMark(TOKEN, 0)]);
    roster.hello(hello('a', { subscribers: 2 }), answers.take);
    let looks = 0;
    await awaitAgents({
      ...{ roster, count: 1, timeoutS: 60, onNotice: () => {}, signal: new AbortController().signal },
      subscriptions: () => {
        looks += 1;
        if (looks === 2) subscriptions.add(agentMark(TOKEN, 1));
        return subscriptions;
      },
    });
    assert.deepEqual([looks, roster.all[0].isFromStart], [2, true]);
  });

  it('says who is missing, and whose subscriptions are', async () => {
    const { roster, answers } = rosterOf();
    roster.hello(hello('a'), answers.take);
    roster.hello({ ...hello('b'), token: 'b'.repeat(16) }, answers.take);
    await assert.rejects(
      awaitAgents({
        ...{ roster, count: 3, timeoutS: 0.01, onNotice: () => {}, signal: new AbortController().signal },
        subscriptions: () => new Set([agentMark(TOKEN, 0)]),
      }),
      {
        code: 'NO_SUBSCRIBERS',
        message:
          'Expected 3 agents within 10ms, found 1: a; the subscriptions of b have not arrived: see whether what they connect to, a proxy perhaps, is connected to this publisher',
      },
    );
  });
});

describe('the mark of an agent', () => {
  it('is no topic, and is told from all prefixes of topics', () => {
    const mark = agentMark(TOKEN, 999);
    assert.ok(Buffer.from(mark, 'latin1').length < 255);
    assert.deepEqual([mark, '', 'tcs', '\u00c3'].map(isAgentMark), [true, false, false, false]);
  });
});

const TOKEN = 'a'.repeat(16);

function hello(agent: string, more: { subscribers?: number; hops?: string[] } = {}) {
  return { agent, token: TOKEN, host: 'here', cores: 2, subscribers: 1, hops: [], ...more };
}

function rosterOf() {
  const clock = { ms: 0 };
  const all: string[] = [];
  return {
    roster: new AgentRoster(() => clock.ms),
    answers: { all, take: (text: string) => void all.push(text) },
    clock,
  };
}
