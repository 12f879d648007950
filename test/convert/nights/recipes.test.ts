/** The recipes of docs/convert.md, run as they stand there. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { isOfShare } from '../../../src/convert/nights/night-share.js';
import { plainEvent, writeEvents } from '../../support/stored-event.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const CLI = fileURLToPath(new URL('../../../bundle/cli.cjs', import.meta.url));
const DOCS = readFileSync(fileURLToPath(new URL('../../../../docs/convert.md', import.meta.url)), 'utf8');
/** 2018-03-23, in days since 1970. */
const FIRST_NIGHT = 17_613;
const [NIGHTS, TASKS, EVENTS] = [2, 20, 30];

it('the array of Slurm converts each night once', async (context) => {
  const { folder, path } = place(context);
  const [script] = blocks('sh').filter((block) => block.includes('#SBATCH'));
  const [, first, last] = /#SBATCH --array=(\d+)-(\d+)/.exec(script) ?? [];
  assert.deepEqual([Number(first), Number(last)], [1, TASKS]);
  for (const task of tasksWithNights()) {
    const env = { SLURM_ARRAY_TASK_ID: String(task), SLURM_ARRAY_TASK_COUNT: String(TASKS) };
    await run(script, folder, { ...env, PATH: path });
  }
  assertNights(join(folder, 'archive.parquet'));
});

it('the Indexed Job of Kubernetes converts each night once', async (context) => {
  const { folder, path } = place(context);
  const job = parse(blocks('yaml')[0]) as {
    spec: {
      completions: number;
      completionMode: string;
      template: { spec: { containers: { command: string[]; args: string[] }[] } };
    };
  };
  const { completions, completionMode, template } = job.spec;
  assert.deepEqual([completions, completionMode], [TASKS, 'Indexed']);
  const [{ command, args }] = template.spec.containers;
  assert.deepEqual(command, ['sh', '-c']);
  for (const task of tasksWithNights())
    await run(args[0].replaceAll('/data', folder), '/', {
      JOB_COMPLETION_INDEX: String(task - 1),
      PATH: path,
    });
  assertNights(join(folder, 'archive.parquet'));
});

function blocks(language: string): string[] {
  return [...DOCS.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block]) => block);
}

function tasksWithNights(): number[] {
  const nights = Array.from({ length: NIGHTS }, (_, i) => FIRST_NIGHT + i);
  return Array.from({ length: TASKS }, (_, i) => i + 1).filter((task) =>
    nights.some((night) => isOfShare(night, { task, tasks: TASKS })),
  );
}

/** A folder with nights, and a path on which the program is. */
function place(context: TestContext) {
  const folder = temporaryFolder(context);
  for (const name of ['nights', 'bin']) mkdirSync(join(folder, name));
  for (let night = 0; night < NIGHTS; night++) {
    const events = Array.from({ length: EVENTS }, (_, i) => plainEvent(BigInt(86_400 * night + i + 1)));
    writeEvents(join(folder, 'nights', `${night}.db`), events);
  }
  const program = join(folder, 'bin', 'tcs-replay');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`, { mode: 0o755 });
  return { folder, path: `${join(folder, 'bin')}:${process.env.PATH}` };
}

function run(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  return promisify(execFile)('sh', ['-c', script], { cwd, env: { ...process.env, ...env } });
}

function assertNights(archive: string): void {
  assert.deepEqual(readdirSync(archive), ['night=2018-03-23', 'night=2018-03-24']);
  for (const night of readdirSync(archive)) {
    const manifest = JSON.parse(readFileSync(join(archive, night, 'manifest.json'), 'utf8')) as {
      topics: { events: number }[];
    };
    assert.deepEqual(
      manifest.topics.map(({ events }) => events),
      [EVENTS],
    );
  }
}
