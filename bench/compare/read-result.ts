import { readFileSync } from 'node:fs';
import { messageOf, TcsReplayError } from '../../src/shared/errors.js';
import { type BenchResult, SCHEMA } from '../result.js';

const [SCHEMA_NAME] = SCHEMA.split('/');

/**
 * Reads a result that `npm run bench -- --json` wrote.
 *
 * @throws TcsReplayError `BAD_OPTION` if the file cannot be read, is not JSON, or is not a result of this
 *   schema
 */
export function readResult(path: string): BenchResult {
  const document = parsed(path);
  const { schema, scenarios, environment } = document;
  if (schema !== SCHEMA) throw otherSchema(path, schema);
  if (!Array.isArray(scenarios) || scenarios.length === 0) throw refused(path, 'found one without scenarios');
  const isWhole = scenarios.every(
    (each) => Array.isArray(each?.figures) && Array.isArray(each.cases) && each.cases.every(hasTrials),
  );
  if (!isWhole || typeof environment !== 'object' || environment === null)
    throw refused(path, 'found one of which parts are missing');
  return document as unknown as BenchResult;
}

function hasTrials(each: { readonly trials?: unknown } | null): boolean {
  return Array.isArray(each?.trials);
}

function parsed(path: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const found = error instanceof SyntaxError ? `found no JSON (${error.message})` : messageOf(error);
    throw refused(path, found, error);
  }
  if (typeof document !== 'object' || document === null) throw refused(path, 'found other JSON');
  return document as Readonly<Record<string, unknown>>;
}

function otherSchema(path: string, schema: unknown): TcsReplayError {
  return typeof schema === 'string' && schema.startsWith(`${SCHEMA_NAME}/`)
    ? refused(path, `found version ${schema}: measure again with the current version`)
    : refused(path, 'found other JSON');
}

function refused(path: string, found: string, cause?: unknown): TcsReplayError {
  const message = `Expected ${path} to be a result of the benchmark (${SCHEMA}, as --json writes it), ${found}`;
  return new TcsReplayError('BAD_OPTION', message, { cause });
}
