import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  endAll,
  freePort,
  type Outcome,
  RunningProgram,
  requirePython,
  skipWithoutPython,
} from '../support/peer.js';
import { Receiver } from '../support/receiver.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/load-testing.md'), 'utf8');
const CLI = join(ROOT, 'dist/bundle/cli.cjs');
const COLUMNS = 80;
const PORTS = ['5556', '5558', '6001'];
/** `verify` may find a file to which a program is still writing: it is run again for so long. */
const TIMEOUT_MS = 60_000;
const EXIT_CODES: Readonly<Record<string, number>> = { PASS: 0, FAIL: 4, INCONCLUSIVE: 5 };
const INTERRUPTED = 130;
/** Of a search that is under way: on a busy machine it would go on for three minutes. */
const SEARCH_EVENTS = 2000;

/** A block of the page, with its language. */
const BLOCK = /^```(\w*)\n(.*?)^```$/gms;

interface Block {
  readonly language: string;
  readonly text: string;
}

/** A command of the page, and what the page says that it prints; undefined: it says nothing. */
interface Command {
  readonly text: string;
  readonly printed: string | undefined;
}

const blocks: readonly Block[] = [...PAGE.matchAll(BLOCK)].map(([, language, text]) => ({ language, text }));
const folder = mkdtempSync(join(tmpdir(), 'tcs-load-doc-'));
const freePorts = new Map<string, number>();
let subscriber: RunningProgram | undefined;

describe('the tutorial of load tests', { skip: skipWithoutSs() || skipWithoutPython() }, () => {
  before(async () => {
    for (const port of PORTS) freePorts.set(port, await freePort());
    writeFileSync(join(folder, 'tcs-replay'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
    chmodSync(join(folder, 'tcs-replay'), 0o755);
    const python = requirePython();
    if (python.startsWith('/')) symlinkSync(python, join(folder, 'python3'));
    copyFileSync(join(ROOT, 'docs/examples/check_in.py'), join(folder, 'check_in.py'));
    for (const { language, text } of blocks) {
      const [, name] = /^# (\w+\.py)$/m.exec(text) ?? [];
      if (language === 'python' && name !== undefined) writeFileSync(join(folder, name), withFreePorts(text));
    }
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  for (const command of commands()) it(command.text, () => carryOut(command));

  it('explains each field of the report', () => {
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    const section = PAGE.slice(PAGE.indexOf('## The report as JSON'));
    const named = new Set([...section.matchAll(/`([\w.]+)`/g)].flatMap(([, name]) => name.split('.')));
    assert.deepEqual(
      [...keysOf(report)].filter((key) => !named.has(key)),
      [],
    );
  });
});

async function carryOut({ text, printed }: Command): Promise<void> {
  if (text.startsWith('python3 ')) {
    await subscriber?.end();
    subscriber = start(text);
    return;
  }
  // Of these the page says that no other subscriber is to be there.
  if (text.includes('--subscriber ')) await subscriber?.end();
  let outcome = text.includes('--find-max') ? await searched(text) : await start(text).outcome;
  const endsMs = Date.now() + TIMEOUT_MS;
  while (text.startsWith('tcs-replay verify') && outcome.code !== 0 && Date.now() < endsMs)
    outcome = await start(text).outcome;
  const [verdict = ''] = /^[A-Z]+\b/.exec(printed ?? '') ?? [];
  if (text.startsWith('tcs-replay loadtest')) assertLoadTested(outcome, verdict);
  else assert.equal(outcome.code, 0, outcome.stderr);
  // A machine that is busy makes a load test inconclusive: then lines on what was kept are others.
  if (printed !== undefined && !outcome.stdout.startsWith('INCONCLUSIVE'))
    for (const line of linesOfWords(printed))
      assert(linesOfWords(outcome.stdout).includes(line), `${line}\nin\n${outcome.stdout}`);
}

/** Interrupts a search once it is under way: it tells what it has found. */
async function searched(text: string): Promise<Outcome> {
  const receiver = Receiver.connected(`tcp://127.0.0.1:${freePorts.get('5556')}`);
  const program = start(text);
  const taken = receiver.take(SEARCH_EVENTS).then(() => program.kill('SIGINT'));
  const outcome = await Promise.race([program.outcome, taken.then(() => program.outcome)]);
  taken.catch(() => {}); // The search may end before.
  receiver.close();
  return outcome;
}

/** @param verdict what the page promises; empty: nothing */
function assertLoadTested({ code, stdout, stderr }: Outcome, verdict: string): void {
  const [word = ''] = /^[A-Z]+\b/.exec(stdout) ?? [];
  const found = `${code}: ${stdout}${stderr}`;
  const allowed =
    verdict === ''
      ? [...Object.values(EXIT_CODES), INTERRUPTED]
      : [EXIT_CODES[verdict], EXIT_CODES.INCONCLUSIVE];
  assert(allowed.includes(code as number), found);
  if (word !== '') for (const line of stdout.split('\n')) assert([...line].length <= COLUMNS, line);
  // With --json or --accept-inconclusive, the word and the code are not the same.
  if (word !== '' && code !== 0 && code !== INTERRUPTED) assert.equal(EXIT_CODES[word], code, found);
}

/** Headings, sentences at the margin, and rows of tables, where they have no figures: these do not change from run to run. */
function linesOfWords(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^\S|\S {2,}\S/.test(line) && !/\d/.test(line.replace(/\bp\d\d\b/g, '')))
    .map((line) => line.trim().replace(/\s+/g, ' '));
}

function start(command: string): RunningProgram {
  const shorter = command
    .replace(/(?<=--stage \S+:)\d+s/g, (time) => stageTime(command, time))
    .replace(/^tcs-replay loadtest/, '$& --wait-setup 0')
    .replace('--duration 10m', '--duration 20s')
    // A search that leaves the processor to other tests.
    .replace('service=cpu:1ms', 'service=sleep:1ms')
    .replace('500..2k/3', '500..1k/2 --warm-up 0')
    .replace(/--profile (?:smoke|load|stress|spike|soak)\b/, '--stage 1x:1s')
    .replace(/p99>\w+/g, 'p99>60s');
  const path = `${folder}:${process.env.PATH}`;
  return new RunningProgram('/bin/sh', ['-c', `exec ${withFreePorts(shorter)}`], {
    cwd: folder,
    env: { PATH: path, TCS_REPLAY_URL: `tcp://127.0.0.1:${freePorts.get('5556')}` },
  });
}

function stageTime(command: string, time: string): string {
  // A slow subscriber takes its time until it has lost something.
  if (command.includes('lag>') && time === '5s') return time;
  // A fault of the second second.
  return command.includes('@1s') ? '2s' : '1s';
}

function withFreePorts(text: string): string {
  return PORTS.reduce((all, port) => all.replaceAll(`:${port}`, `:${freePorts.get(port)}`), text);
}

/** The commands in the order of the page: those of shells, and those of the job for a CI. */
function commands(): Command[] {
  return blocks.flatMap(({ language, text }, i) => {
    if (language === 'sh') {
      const next = blocks[i + 1];
      const command = text.trim().replace(/\s*\\\n\s*/g, ' ');
      return [{ text: command, printed: next?.language === '' ? next.text : undefined }];
    }
    if (language !== 'yaml') return [];
    const lines = text.split('\n').map((line) => line.trim());
    return lines
      .filter((line) => /^(tcs-replay|python3) /.test(line))
      .map((line) => ({ text: line.replace(/ &$/, ''), printed: undefined }));
  });
}

/** All names of fields, at any depth. */
function keysOf(value: unknown): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  const below = Object.entries(value).flatMap(([key, each]) => [
    ...(Array.isArray(value) ? [] : [key]),
    ...keysOf(each),
  ]);
  return new Set(below);
}
