/** Keeps the compiled code of the programs beside it: run when the package is built or installed. */

import { fileURLToPath } from 'node:url';
import { CAN_KEEP, keepCompiled } from './compiled-code.js';

const PROGRAMS = ['cli', 'worker', 'subscriber', 'recorder', 'output'];

if (CAN_KEEP)
  for (const name of PROGRAMS) keepCompiled(fileURLToPath(new URL(`${name}-program.cjs`, import.meta.url)));
