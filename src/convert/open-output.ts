import type { Output, OutputSetup } from './output.js';
import type { OutputForm } from './output-form.js';

type Opener = (setup: OutputSetup) => Promise<Output>;

/** How each form is written. Its code is loaded only where it is. */
const OPENERS: Record<OutputForm, Opener> = {
  jsonl: jsonLines,
  'jsonl.gz': jsonLines,
  mcap: jsonLines,
  parquet: jsonLines,
  csv: jsonLines,
  'csv.gz': jsonLines,
  db: async (setup) => new (await import('./outputs/database-output.js')).DatabaseOutput(setup),
};

/** Opens an output. @throws TcsReplayError `WRITE_FAILED` */
export function openOutput(setup: OutputSetup): Promise<Output> {
  return OPENERS[setup.form](setup);
}

async function jsonLines(setup: OutputSetup): Promise<Output> {
  const { JsonLinesOutput } = await import('./outputs/json-lines-output.js');
  return new JsonLinesOutput(setup);
}
