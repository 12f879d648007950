#!/usr/bin/env node
/**
 * The entry of the command, of the threads and of a load test's subscriber. As `NAME.cjs` it runs the program `NAME-program.cjs` beside
 * it, with the code that was kept of it, which saves compiling it.
 */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledProgram } from './compiled-code.js';

const program = fileURLToPath(import.meta.url).replace(/\.cjs$/, '-program.cjs');
const require = createRequire(program);

export default run().default;

function run(): { default?: unknown } {
  // Node knows the source maps, and the coverage, of modules that it has loaded itself.
  const isObserved = process.sourceMapsEnabled || process.env.NODE_V8_COVERAGE !== undefined;
  const compiled = isObserved ? undefined : compiledProgram(program);
  if (compiled === undefined) return require(program);
  const module = { exports: {} };
  compiled(module.exports, require, module, program, dirname(program));
  return module.exports;
}
