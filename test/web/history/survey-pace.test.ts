import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MOST_TASKS, type PacedBy, SurveyPace } from '../../../src/web/history/survey-pace.js';

const { signal } = new AbortController();

/** A replay that reads ahead, in a state. @param share of the read-ahead that is filled */
function replay(state: PacedBy['standing']['state'], share: number) {
  return {
    standing: { state, speedup: 1, positionS: 0 },
    readAhead: { heldBytes: share * 100, totalBytes: 100 },
  } as unknown as { standing: { state: string }; readAhead: { heldBytes: number } } & PacedBy;
}

/** Does some tasks. @returns how many were under way at a time, at most */
async function mostAtOnce(pace: SurveyPace, tasks: number): Promise<number> {
  let [now, most] = [0, 0];
  const task = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
  };
  await Promise.all(Array.from({ length: tasks }, () => pace.do(signal, task)));
  return most;
}

describe('the past', () => {
  let alive: NodeJS.Timeout;

  // A rest keeps no process alive; a replay does.
  before(() => {
    alive = setInterval(() => {}, 1000);
  });
  after(() => clearInterval(alive));

  it('is read by several tasks at a time while nothing is sent, and by one while events are', async () => {
    for (const state of ['opening', 'waiting', 'paused', 'caught-up', 'ended'] as const)
      assert.equal(await mostAtOnce(new SurveyPace(replay(state, 0)), 10), MOST_TASKS, state);
    assert.equal(await mostAtOnce(new SurveyPace(replay('playing', 1)), 10), 1);
  });

  it('is left alone for a time after each task while too little is read ahead, until enough is', async () => {
    const played = replay('playing', 0.1);
    let nowMs = 0;
    const pace = new SurveyPace(played, () => nowMs);
    const begun: { readonly task: number; readonly nowMs: number; readonly heldBytes: number }[] = [];
    const tasks = [1, 2, 3].map((task) =>
      pace.do(signal, async () => {
        begun.push({ task, nowMs, heldBytes: played.readAhead.heldBytes });
        nowMs += 10;
      }),
    );
    await tasks[0];
    nowMs += 100;
    await tasks[1];
    played.readAhead.heldBytes = 90;
    await tasks[2];
    assert.deepEqual(begun, [
      { task: 1, nowMs: 0, heldBytes: 10 },
      { task: 2, nowMs: 110, heldBytes: 10 },
      { task: 3, nowMs: 120, heldBytes: 90 },
    ]);
  });

  it('is not read for who has gone, and a task that fails leaves its place to the next', async () => {
    const pace = new SurveyPace(replay('playing', 1));
    const gone = new AbortController();
    const failing = pace.do(signal, () => Promise.reject(new Error('spoilt')));
    const left = pace.do(gone.signal, () => Promise.reject(new Error('must not begin')));
    const next = pace.do(signal, async () => 'done');
    gone.abort();
    await assert.rejects(failing, /spoilt/);
    await assert.rejects(left, { name: 'AbortError' });
    assert.equal(await next, 'done');
  });
});
