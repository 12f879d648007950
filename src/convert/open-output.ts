import type { Output, OutputSetup } from './output.js';
import type { OutputForm } from './output-form.js';

type Opener = (setup: OutputSetup) => Promise<Output>;

/** How each form is written. Its code is loaded only where it is. */
const OPENERS: Record<OutputForm, Opener> = {
  jsonl: jsonLines,
  'jsonl.gz': jsonLines,
  mcap: async (setup) => (await import('./outputs/mcap-output.js')).McapOutput.open(setup),
  parquet,
  csv,
  'csv.gz': csv,
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

async function parquet(setup: OutputSetup): Promise<Output> {
  const [{ TablesOutput }, { ParquetFile }] = await Promise.all([
    import('./outputs/tables-output.js'),
    import('../formats/parquet/parquet-file.js'),
  ]);
  return new TablesOutput(setup, {
    ending: '.parquet',
    open: (path, columns, topic) => new ParquetFile(path, columns, { topic }),
  });
}

async function csv(setup: OutputSetup): Promise<Output> {
  const [{ TablesOutput }, { CsvFile }] = await Promise.all([
    import('./outputs/tables-output.js'),
    import('../formats/csv/csv-file.js'),
  ]);
  const gzip = setup.form === 'csv.gz';
  return new TablesOutput(setup, {
    ending: `.${setup.form}`,
    open: (path, columns) => new CsvFile(path, columns, { gzip }),
  });
}
