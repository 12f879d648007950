import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NightSurvey } from '../../src/inspect/survey/night-survey.js';
import { NightCalendar } from '../../src/inspect/survey/observing-night.js';
import { TcsReplayError } from '../../src/shared/errors.js';

const unixS = (utc: string) => Date.parse(`${utc}Z`) / 1000;
const HOUR_S = 3600;

describe('an observing night', () => {
  const chicago = new NightCalendar('America/Chicago');

  it('is from noon to noon, local time, and has the date of its evening', () => {
    const night = { name: '2018-03-23', startS: unixS('2018-03-23T17:00'), endS: unixS('2018-03-24T17:00') };
    for (const moment of ['2018-03-23T17:00', '2018-03-24T01:15', '2018-03-24T16:59:59.999'])
      assert.deepEqual(chicago.nightOf(unixS(moment)), night);
    assert.equal(chicago.nightOf(unixS('2018-03-23T16:59:59.999'))?.name, '2018-03-22');
    assert.equal(chicago.nightOf(unixS('2018-03-24T17:00'))?.name, '2018-03-24');
  });

  it('has 23 or 25 hours where clocks are changed', () => {
    for (const [moment, hours] of [
      ['2018-03-11T06:00', 23],
      ['2018-11-04T06:00', 25],
      ['2018-06-01T06:00', 24],
    ] as const) {
      const night = chicago.nightOf(unixS(moment));
      assert.equal(((night?.endS ?? 0) - (night?.startS ?? 0)) / HOUR_S, hours);
    }
  });

  it('covers every moment once: nights touch, and each moment lies in its own', () => {
    const moment = fc.double({ min: unixS('1950-01-01T00:00'), max: unixS('2090-01-01T00:00'), noNaN: true });
    const zone = fc.constantFrom(
      'America/Chicago',
      'UTC',
      'Pacific/Auckland',
      'Asia/Kolkata',
      'Pacific/Apia',
    );
    fc.assert(
      fc.property(moment, zone, (timeS, timezone) => {
        const calendar = new NightCalendar(timezone);
        const night = calendar.nightOf(timeS);
        assert(night !== undefined && night.startS <= timeS && timeS < night.endS);
        assert.deepEqual(calendar.nightOf(night.startS), night);
        assert.equal(calendar.nightOf(night.endS)?.startS, night.endS);
      }),
    );
  });

  it('is none where a date has no four digits', () => {
    for (const timeS of [-1e300, -1e11, 1e12, 1e300, NaN]) assert.equal(chicago.nightOf(timeS), undefined);
  });

  it('says what a time zone looks like', () => {
    const isClear = (error: unknown) =>
      error instanceof TcsReplayError &&
      error.code === 'BAD_OPTION' &&
      /such as America\/Chicago.*"Texas"/.test(error.message);
    assert.throws(() => new NightCalendar('Texas'), isClear);
  });
});

describe('NightSurvey', () => {
  const startS = unixS('2018-03-23T17:00');
  const times = fc.array(
    fc.integer({ min: 0, max: 5 * 86_400 }).map((seconds) => startS + seconds),
    { maxLength: 60 },
  );

  it('counts the events of each night, in whichever order they come', () => {
    const calendar = new NightCalendar('America/Chicago');
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 50 }), (list, mostSteps) => {
        const survey = new NightSurvey('America/Chicago');
        for (const time of list) survey.add(time);
        const names = [...new Set(list.map((time) => calendar.nightOf(time)?.name))].sort();
        const facts = survey.facts(mostSteps);
        assert.deepEqual(
          facts.map(({ night }) => night),
          names,
        );
        for (const { night, events, firstS, lastS, busyMinutes, activity } of facts) {
          const own = list.filter((time) => calendar.nightOf(time)?.name === night);
          assert.deepEqual([events, firstS, lastS], [own.length, Math.min(...own), Math.max(...own)]);
          assert.equal(busyMinutes, new Set(own.map((time) => Math.floor(time / 60))).size);
          assert(activity.events.length <= mostSteps);
          for (const [i, inStep] of activity.events.entries()) {
            const from = activity.startS + i * activity.stepS;
            assert.equal(inStep, own.filter((time) => time >= from && time < from + activity.stepS).length);
          }
        }
        assert.equal(survey.otherEvents, 0);
      }),
    );
  });

  it('keeps a bounded number of nights, and counts the events of others', () => {
    const survey = new NightSurvey('UTC', 2);
    for (const day of [0, 1, 2, 0, 3]) survey.add(startS + day * 86_400);
    survey.add(1e300);
    assert.deepEqual([survey.facts(1).map(({ events }) => events), survey.otherEvents], [[2, 1], 3]);
  });
});
