import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { it } from 'node:test';
import { measureTask } from '../../bench/micro/measure-task.js';
import type { MicroTask, Work } from '../../bench/micro/micro-task.js';
import { Sample, sampleNight } from '../../bench/micro/sample.js';
import { microScenario } from '../../bench/micro/scenario.js';
import { MICRO_TASKS } from '../../bench/micro/tasks.js';
import type { Settings } from '../../bench/settings.js';
import { ownBenchCache } from '../support/bench-cache.js';

const TIMES = { warmUpMs: 10, measuredMs: 10 };
const SLOWED_BY = 20;
const ASCII_ONE = 0x31;
const { signal } = new AbortController();

ownBenchCache('micro');

const night = await sampleNight(signal, () => {});
const sample = new Sample(night);

/** The same task with something else in place of what it does. */
function changed({ make, ...task }: MicroTask, call: (work: Work) => Work['call']): MicroTask {
  return {
    ...task,
    make: (from) => {
      const work = make(from);
      return { ...work, call: call(work) };
    },
  };
}

function busyUntil(endMs: number): void {
  while (performance.now() < endMs);
}

function taskOf(id: string): MicroTask {
  const task = MICRO_TASKS.find((each) => each.id === id);
  assert.ok(task !== undefined, id);
  return task;
}

for (const task of MICRO_TASKS) {
  it(`measures, and finds nothing wrong: ${task.id}`, async () => {
    const { reasons, figures } = await measureTask(task, sample, TIMES);
    assert.deepEqual(reasons, []);
    assert.deepEqual(
      Object.keys(figures),
      microScenario.figures.map(({ name }) => name),
    );
    for (const ns of Object.values(figures)) assert.ok(ns! > 0);
  });

  it(`calls a trial invalid in which nothing was done: ${task.id}`, async () => {
    const idle = changed(task, () => () => busyUntil(performance.now() + 0.1));
    const { reasons } = await measureTask(idle, sample, TIMES);
    assert.equal(reasons.length, 1);
    assert.ok(reasons[0].startsWith(`${task.id}: `));
  });
}

for (const id of ['write times into an event', 'convert an odd number']) {
  it(`shows what is slow: ${id}`, async () => {
    const slow = changed(taskOf(id), ({ call }) => () => {
      const startedMs = performance.now();
      const result = call();
      busyUntil(startedMs + SLOWED_BY * (performance.now() - startedMs));
      return result;
    });
    const asItIs = await measureTask(taskOf(id), sample, TIMES);
    const slowed = await measureTask(slow, sample, TIMES);
    assert.deepEqual([...asItIs.reasons, ...slowed.reasons], []);
    assert.ok(slowed.figures.bestNs! > (SLOWED_BY / 5) * asItIs.figures.bestNs!);
  });
}

for (const id of ['encode', 'encode, converted', 'pack a batch']) {
  it(`calls a trial invalid in which a byte is wrong: ${id}`, async () => {
    class WrongSample extends Sample {
      override sources(...args: Parameters<Sample['sources']>): Uint8Array[] {
        const sources = super.sources(...args);
        sources[0][sources[0].lastIndexOf(ASCII_ONE)] += 1;
        return sources;
      }
    }
    const { reasons } = await measureTask(taskOf(id), new WrongSample(night), TIMES);
    assert.equal(reasons.length, 1);
    assert.match(reasons[0], /expected the digest of events to be [0-9a-f]{64}, found [0-9a-f]{64}$/);
  });
}

it('measures fewer tasks in a quick look', async () => {
  const settings: Settings = {
    ...{ level: 'quick', events: undefined, seconds: undefined, highWaterMark: undefined },
    ...{ wants: () => true, signal, onMake: () => {}, onStep: () => {} },
  };
  const { cases } = await microScenario.prepare(settings);
  const { cases: allCases } = await microScenario.prepare({ ...settings, level: 'default' });
  assert.equal(new Set(allCases.map(({ id }) => id)).size, MICRO_TASKS.length);
  assert.ok(cases.length < allCases.length);
});
