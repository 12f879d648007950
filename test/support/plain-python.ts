import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PYTHON = '/usr/bin/python3';

/** Why tests that ask the real Python are skipped; false: they are not. */
export const skipWithoutPlainPython = existsSync(PYTHON) ? false : `there is no ${PYTHON}`;

/**
 * Runs a Python program that has `data` as a value from JSON, and leaves in `answer` what is returned as one.
 * It is one process: put all that is to be asked into `data`.
 */
export function askPython(program: string, data: unknown): unknown {
  const code = `import json, sys\ndata = json.load(sys.stdin)\n${program}\njson.dump(answer, sys.stdout)\n`;
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-I', '-S', '-c', code], {
    input: JSON.stringify(data),
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  });
  if (status !== 0) throw new Error(`${PYTHON}: ${stderr}`);
  return JSON.parse(stdout);
}
