import type { FileFacts } from '../database/file-facts.js';
import type { Recording } from '../database/recording.js';
import { describeSchema } from '../database/schema/schema.js';
import { recordingFacts } from '../formats/facts-of-file.js';
import { type AnyRecording, isDatabase } from '../formats/file-recording.js';
import type { DatabaseFacts, SourceFacts } from '../formats/format-facts.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import type { TaskRunner } from '../threads/task-runner.js';

/** Reads the facts of a database. */
export type FactsReader = TaskRunner & Pick<DecoderPool, 'inspect'>;

const FORMAT_NAMES = { mcap: 'MCAP', 'json-lines': 'JSON lines' };

/** How a recording was understood, in words. */
export function describeRecording(recording: AnyRecording): string {
  const { path } = recording;
  if (!isDatabase(recording)) return `${path}: ${FORMAT_NAMES[recording.format]}`;
  const { schema, sideIndexPath, ascending } = recording;
  const side =
    sideIndexPath !== undefined
      ? `, in its place ${sideIndexPath}`
      : ascending !== undefined
        ? ', none is needed: event ids ascend over the attributes'
        : '';
  return `${path}: ${describeSchema(schema).join('; ')}${side}`;
}

/** What a recording is. @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED` */
export async function factsOf(pool: FactsReader, recording: AnyRecording): Promise<SourceFacts> {
  if (!isDatabase(recording)) return recordingFacts(recording);
  return databaseFacts(pool, recording);
}

async function databaseFacts(pool: FactsReader, recording: Recording): Promise<DatabaseFacts> {
  const { path, readPath, schema } = recording;
  const [facts, attributes] = await Promise.all([
    pool.inspect(path, recording),
    pool.run('countAttributes', { path, readPath, schema }),
  ]);
  // The ends of a damaged table are only known to its reader.
  const { rows = recording.rows } = facts;
  return { ...(facts as FileFacts), rows, attributes };
}
