import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BlockFile } from '../../../src/formats/block-file.js';
import { MCAP } from '../../../src/formats/mcap/mcap.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const WRITER = fileURLToPath(new URL('../../../../test/support/python/mcap_writer.py', import.meta.url));
/** A file with the cases of the format's own conformance tests, in the form that the writer takes, with the digests of the files. */
const CASES = process.env.MCAP_CASES;

interface Case {
  readonly name: string;
  readonly records: readonly { readonly type: string; readonly fields: readonly [string, unknown][] }[];
  readonly features?: readonly string[];
  readonly meta?: { readonly variant: { readonly features: readonly string[] } };
  readonly sha256?: string;
}

/** A message in the words of a case. */
type Message = Record<string, unknown>;

const SCHEMA = {
  type: 'Schema',
  fields: [
    ['id', '1'],
    ['name', 'state'],
    ['encoding', 'jsonschema'],
    ['data', '{"type":"object"}'],
  ],
} as const;
const HEADER = {
  type: 'Header',
  fields: [
    ['profile', ''],
    ['library', 'another writer'],
  ],
} as const;

function channel(id: number, encoding: string) {
  const ids: [string, unknown][] = [
    ['id', String(id)],
    ['schema_id', '1'],
    ['topic', `dome.shutter.part${id}`],
  ];
  return {
    type: 'Channel',
    fields: [...ids, ['message_encoding', encoding], ['metadata', { made: 'by hand' }]] as [
      string,
      unknown,
    ][],
  };
}

function message(id: number, sequence: number): Case['records'][number] {
  const numbers: [string, unknown][] = [
    ['channel_id', String(id)],
    ['sequence', String(sequence)],
    ['log_time', String(2n ** 60n + BigInt(sequence))],
    ['publish_time', String(sequence)],
  ];
  return { type: 'Message', fields: [...numbers, ['data', `{"n":${sequence}}`]] };
}

/** Own cases: each set of features with the same records. */
const OWN_RECORDS: Case['records'] = [
  HEADER as unknown as Case['records'][number],
  SCHEMA as unknown as Case['records'][number],
  channel(1, 'json'),
  channel(7, 'cbor'),
  ...Array.from({ length: 12 }, (_, i) => message(i % 3 === 0 ? 7 : 1, i)),
  { type: 'DataEnd', fields: [] },
];
const FEATURES = ['ch', 'mx', 'st', 'sum', 'pad', 'rch', 'rsh', 'chx'];
const OWN: Case[] = Array.from({ length: 1 << FEATURES.length }, (_, bits) => {
  const features = FEATURES.filter((_feature, i) => (bits & (1 << i)) !== 0);
  return { name: `own-${features.join('-')}`, records: OWN_RECORDS, features };
});

describe('files of another writer of MCAP', () => {
  it('are read, whatever parts of the format they have', (context) =>
    checkAll(temporaryFolder(context), OWN));

  if (CASES !== undefined) {
    const cases = readFileSync(CASES, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Case);
    it('are those of its conformance tests, byte for byte, and are read', (context) => {
      const folder = temporaryFolder(context);
      checkAll(folder, cases);
      for (const { name, sha256 } of cases) {
        const digest = createHash('sha256').update(readFileSync(join(folder, `${name}.mcap`)));
        assert.equal(digest.digest('hex'), sha256, name);
      }
    });
  }
});

function checkAll(folder: string, cases: readonly Case[]): void {
  const input = cases.map((each) => JSON.stringify(each)).join('\n');
  const { status, stderr } = spawnSync('python3', [WRITER, folder], { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  for (const { name, records } of cases) {
    const stated = records.flatMap(({ type, fields }) =>
      type === 'Message' ? [Object.fromEntries(fields)] : [],
    );
    assert.deepEqual(messagesOf(join(folder, `${name}.mcap`)), stated.map(inBytes), name);
  }
}

function inBytes(message: Message): Message {
  const data = message.data as string | string[];
  return { ...message, data: typeof data === 'string' ? [...Buffer.from(data)].map(String) : data };
}

/** All messages of a file, played or not, by the records that they are found at. */
function messagesOf(path: string): Message[] {
  const file = new BlockFile(path);
  try {
    const index = MCAP.index(file, () => {});
    assert.deepEqual(index.damage, []);
    return [...index.offsets.keys()].flatMap((number) => {
      const block = MCAP.read(file, index, number);
      assert.equal(block.fault, undefined);
      const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.length);
      return Array.from({ length: block.rows }, (_, at) => {
        const payloadAt = block.start[at];
        return {
          channel_id: String(bytes.readUInt16LE(payloadAt - 22)),
          sequence: String(bytes.readUInt32LE(payloadAt - 20)),
          log_time: String(bytes.readBigUInt64LE(payloadAt - 16)),
          publish_time: String(bytes.readBigUInt64LE(payloadAt - 8)),
          data: [...bytes.subarray(payloadAt, block.end[at])].map(String),
        };
      });
    });
  } finally {
    file.close();
  }
}
