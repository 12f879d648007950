import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { endAll, freePort, PythonSubscriber, runCli, skipWithoutPython, startCli } from '../support/peer.js';
import { Receiver } from '../support/receiver.js';
import { createDatabase } from '../support/stored-event.js';

/** Twice what the default high-water mark holds. */
const EVENTS = 400_000;
/** Within the default high-water mark. */
const QUEUED = 190_000;
const INTERVAL_S = 0.0005;
const START_S = 1_700_000_000;
/** Every so many events there is one of a topic of its own, by which this process sees where a replay is. */
const MILESTONE_EVENTS = 5_000;
const MILESTONE_TOPIC = 'milestone';
/** So many messages take a busy machine their time. */
const TIMEOUT_MS = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'tcs-many-'));
const night = join(folder, 'night.db');

describe('more events than queues hold', { skip: skipWithoutPython() }, () => {
  before(() => writeNight());

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('all arrive, in order, up to the last, though the program ends at once', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const subscriber = await PythonSubscriber.start(url, {
      sequence: 'seq',
      count: EVENTS,
      timeoutMs: TIMEOUT_MS,
    });
    const args = [night, '-s', 'max', '--json', '-u', url, ...awaited(1)];
    const { code, stdout, stderr } = await runCli(args, { timeoutMs: TIMEOUT_MS });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const { endedBy, sent } = JSON.parse(stdout) as ReplayOutcome;
    assert.deepEqual({ endedBy, sent }, { endedBy: 'end', sent: EVENTS });
    await assertReceived(subscriber, EVENTS);
  });

  it('wait for a subscriber that is behind when the program has sent the last, and only then it exits', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    // What does not fit into the buffers of the connection waits in the program.
    const receiver = Receiver.connected(url, { highWaterMark: 1000 });
    const milestones = Receiver.connected(url, { prefix: MILESTONE_TOPIC });
    const args = [night, '-s', 'max', '--limit', String(QUEUED), '-u', url, ...awaited(2)];
    const program = startCli(args, { timeoutMs: TIMEOUT_MS });
    await milestones.take(QUEUED / MILESTONE_EVENTS);
    milestones.close();
    for (let seq = 0; seq < QUEUED; seq++) {
      const { payload } = await receiver.next();
      if (!payload.includes(`"seq":"${seq}"`)) assert.fail(`${payload}, not ${seq}`);
    }
    assert.equal((await program.outcome).code, 0);
    receiver.close();
  });

  for (const [signal, exitCode, how, speedup] of [
    ['SIGINT', 130, 'flat out', 'max'],
    ['SIGTERM', 143, 'in time', '10'],
  ] as const) {
    it(`end by ${signal} with exit code ${exitCode}, and what was sent until then arrives: ${how}`, async () => {
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const milestones = Receiver.connected(url, { prefix: MILESTONE_TOPIC });
      const subscriber = await PythonSubscriber.start(url, { sequence: 'seq', timeoutMs: TIMEOUT_MS });
      const args = [night, '-s', speedup, '--json', '-u', url, ...awaited(2)];
      const program = startCli(args, { timeoutMs: TIMEOUT_MS });
      await milestones.take(2);
      program.kill(signal);
      const { code, stdout, stderr } = await program.outcome;
      milestones.close();
      assert.deepEqual({ code, stderr }, { code: exitCode, stderr: '' });
      const { endedBy, sent } = JSON.parse(stdout) as ReplayOutcome;
      assert.equal(endedBy, 'abort');
      assert(sent > MILESTONE_EVENTS && sent < EVENTS, `sent: ${sent}`);
      await assertReceived(subscriber, sent);
    });
  }
});

/** Options to wait for so many subscribers, and no longer. */
function awaited(subscribers: number): string[] {
  return ['--wait-setup', '0', '--wait-subscribers', String(subscribers)];
}

async function assertReceived(subscriber: PythonSubscriber, events: number): Promise<void> {
  const { received, lost, outOfOrder, unnumbered, malformed, firstSequence, lastSequence } =
    await subscriber.result();
  assert.deepEqual(
    { received, lost, outOfOrder, unnumbered, malformed, firstSequence, lastSequence },
    {
      received: events,
      lost: 0,
      outOfOrder: 0,
      unnumbered: 0,
      malformed: 0,
      firstSequence: 0,
      lastSequence: events - 1,
    },
  );
}

function writeNight(): void {
  const db = createDatabase(night);
  // SQLite alone makes so many events in half of the time of a loop here.
  db.exec(`
    CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time REAL);
    CREATE TABLE attribute (event_id INTEGER, key TEXT, value TEXT, data_type TEXT);
    WITH RECURSIVE number (seq) AS (SELECT 0 UNION ALL SELECT seq + 1 FROM number WHERE seq + 1 < ${EVENTS})
    INSERT INTO event SELECT
      seq + 1,
      iif(seq % ${MILESTONE_EVENTS} = 0, '${MILESTONE_TOPIC}', 'tcs.tracker.position'),
      ${START_S} + seq * ${INTERVAL_S}
    FROM number;
    WITH attributes (key, data_type) AS (VALUES ('__wire_time', 'number'), ('seq', 'number'))
    INSERT INTO attribute SELECT
      event_id,
      key,
      CASE key
        WHEN '__wire_time' THEN printf('%.6f', data_time)
        ELSE event_id - 1
      END,
      data_type
    FROM event CROSS JOIN attributes;
    CREATE INDEX attribute_event_id ON attribute (event_id);
  `);
  db.close();
}
