/** Databases of other shapes through the command line: what is sent is the same as from the default schema. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { NIGHT_TOPICS, writeTopicsNight } from '../support/odd-night.js';
import { type JsonEvent, putViews, writeJsonEvents, writeTopicTables } from '../support/other-shapes.js';
import { endAll, freePort, runCli } from '../support/peer.js';

const EVENTS = 300;
const folder = mkdtempSync(join(tmpdir(), 'tcs-shapes-'));
const plain = join(folder, 'plain.db');

interface Row {
  readonly id: number;
  readonly topic: string;
  readonly time: number;
  readonly attributes: Record<string, [value: string, type: string]>;
}

function rowsOf(path: string): Row[] {
  const db = new Database(path, { readonly: true });
  const ofEvent = db.prepare(
    'SELECT key, value, data_type AS type FROM attribute WHERE event_id = ? ORDER BY rowid',
  );
  const rows = db
    .prepare('SELECT event_id AS id, topic, data_time AS time FROM event ORDER BY rowid')
    .all() as Row[];
  const found = rows.map((row) => {
    const attributes = ofEvent.all(row.id) as { key: string; value: string; type: string }[];
    return {
      ...row,
      attributes: Object.fromEntries(attributes.map(({ key, value, type }) => [key, [value, type]])),
    };
  });
  db.close();
  return found as Row[];
}

const CONVERSIONS = ['--convert-number', '--convert-bool'];

/** How each shape is made of the plain night, and what has to be said to play it as that. */
const SHAPES: Record<string, { make: (path: string) => void; args?: string[]; plainArgs?: string[] }> = {
  views: {
    make: (path) => {
      copyFileSync(plain, path);
      putViews(path);
    },
  },
  'a JSON column': {
    make: (path) =>
      writeJsonEvents(
        path,
        rowsOf(plain).map(({ topic, time, attributes }): JsonEvent => {
          const members = Object.entries(attributes).map(
            ([key, [value, type]]) =>
              `${JSON.stringify(key)}:${type === 'string' ? JSON.stringify(value) : value}`,
          );
          return { topic, time, json: `{${members.join(', ')}}` };
        }),
      ),
    plainArgs: CONVERSIONS,
  },
  'a table for each topic': {
    make: (path) => {
      const rows = rowsOf(plain);
      const columns = Object.keys(rows[0].attributes);
      writeTopicTables(
        path,
        NIGHT_TOPICS.map((topic) => ({
          table: topic,
          columns,
          rows: rows
            .filter((row) => row.topic === topic)
            .map(({ time, attributes }) => [time, ...columns.map((key) => attributes[key][0])]),
        })),
      );
    },
    // Its column __data_time is an attribute.
    args: ['--schema', 'topic.*=*,event.data_time=time'],
  },
  milliseconds: {
    make: (path) => {
      copyFileSync(plain, path);
      const db = new Database(path);
      // The night has six decimals: the point is moved within the text.
      const moved = (column: string) => `replace(printf('%.6f', ${column}), '.', '')`;
      db.exec(`
        UPDATE attribute SET value = substr(${moved('value')}, 1, 13) || '.' || substr(${moved('value')}, 14)
          WHERE key IN ('__wire_time', '__data_time');
        UPDATE event SET data_time = data_time * 1000;
      `);
      db.close();
    },
  },
};

describe('databases of other shapes', () => {
  before(() => {
    writeTopicsNight(plain, { events: EVENTS });
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  /** Plays a database and gives its ledger: topics, wire times and digests of all that was sent. */
  async function ledgerOf(
    path: string,
    args: readonly string[],
  ): Promise<{ ledger: Buffer; stderr: string }> {
    const ledger = `${path}.ledger`;
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const options = ['-s', 'max', '--wait-setup', '0', '--workers', '0', '-u', url, '--ledger', ledger];
    const { code, stderr } = await runCli([...options, '--json', ...args, path]);
    assert.equal(code, 0, stderr);
    return { ledger: readFileSync(ledger), stderr };
  }

  const plainLedgers = new Map<string, Buffer>();

  /** The same of the plain night, which is played once for all shapes. */
  async function plainLedgerOf(args: readonly string[]): Promise<Buffer> {
    const key = args.join(' ');
    const ledger = plainLedgers.get(key) ?? (await ledgerOf(plain, args)).ledger;
    plainLedgers.set(key, ledger);
    return ledger;
  }

  async function checkOf(path: string, args: readonly string[] = []): Promise<unknown[]> {
    const { code, stdout } = await runCli(['check', '--workers', '0', '--json', ...args, path]);
    const [{ verdict, events, findings }] = JSON.parse(stdout) as {
      verdict: string;
      events: number;
      findings: { kind: string; count: number }[];
    }[];
    // Rows of no event are not taken over to other shapes.
    const kinds = findings.filter(({ kind }) => kind !== 'orphan');
    return [code, verdict, events, kinds.map(({ kind, count }) => [kind, count])];
  }

  for (const [what, { make, args = [], plainArgs = [] }] of Object.entries(SHAPES)) {
    it(`plays ${what} as the default schema, from its start and from places in it`, async () => {
      const path = join(folder, `${what.replaceAll(' ', '-')}.db`);
      make(path);
      for (const selected of [
        ['--times', 'replay'],
        ['--times', 'original', '-S', '__wire_time'],
        ['--times', 'original', '--start', '+0.1s', '--prime'],
        ['--times', 'original', '-t', 'lrs2.*', '--end', '-0.05s'],
      ]) {
        const { ledger: found } = await ledgerOf(path, [...args, ...selected]);
        const wanted = await plainLedgerOf([...plainArgs, ...selected]);
        const isReplayed = selected.includes('replay');
        // Times are those of the clock.
        if (isReplayed) assert.equal(found.length, wanted.length);
        else assert.ok(found.equals(wanted), selected.join(' '));
      }
    });

    it(`says how ${what} was understood, and finds nothing wrong with it`, async () => {
      const path = join(folder, `${what.replaceAll(' ', '-')}.db`);
      for (const quick of [[], ['--quick']]) {
        const { code, stdout } = await runCli(['info', '--workers', '0', ...quick, ...args, path]);
        assert.equal(code, 0);
        assert.match(stdout, /^ +time units: Unix (milli)?seconds/m);
      }
      const [found, ofPlain] = [await checkOf(path, args), await checkOf(plain)];
      assert.deepEqual(found, ofPlain);
    });
  }

  it('says what it found, and what to say, of a database that it cannot understand', async () => {
    const path = join(folder, 'unknown.db');
    writeTopicTables(path, [{ table: 'tracker', columns: ['az'], rows: [[1_521_854_100, 1n]] }]);
    const { code, stderr } = await runCli(['info', path]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /found tracker; .*if each table holds the events of a topic, give --schema topic\.tracker=TOPIC/,
    );
  });

  it('prepares a database of another shape, and plays what was prepared', async () => {
    const path = join(folder, 'views.db');
    const made = await runCli(['prepare', '--json', path]);
    assert.deepEqual((JSON.parse(made.stdout) as { state: string }[])[0].state, 'made');
    const args = ['--times', 'replay', '--verbose'];
    const { stderr } = await ledgerOf(path, args);
    assert.match(stderr, /its prepared file is played/);
  });
});
