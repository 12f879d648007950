/** DuckDB's command line, as far as the pages use it: `duckdb -c SQL` prints the rows. The npm package has no such program. */
import { DuckDBInstance } from '@duckdb/node-api';

const [flag, sql] = process.argv.slice(2);
if (flag !== '-c' || sql === undefined) throw new Error('Expected -c and a statement');
const connection = await (await DuckDBInstance.create()).connect();
const rows = (await connection.runAndReadAll(sql)).getRowsJson();
process.stdout.write(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
connection.closeSync();
