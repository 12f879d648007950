import type { Playback } from '../playback/playback.js';
import { DEFAULT_GAP_S } from '../selection/default-gap.js';
import * as expect from '../shared/expect.js';
import { finiteOrNull, isoOrNull } from './control-status.js';

/** A value that a command takes. */
export interface Parameter {
  readonly name: string;
  readonly type: 'a string' | 'a number or a string' | 'a number or "max"';
  readonly isRequired: boolean;
  readonly meaning: string;
}

/** The values in a request. Each has the type of its parameter. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** The part of a reply beside the status. Times are in Unix seconds, and again as ISO 8601; null: none. */
export interface Result {
  /** Of `step`: the event sent last; null if the events ended before it, or the replay was resumed. */
  readonly event?: {
    readonly topic: string;
    /** The name that the topic was sent as; absent where none is renamed. */
    readonly sentAs?: string;
    readonly due: string | null;
    readonly dueS: number | null;
  } | null;
  /** Of jumps: the recorded time of the new position; null if there was nothing to go to. */
  readonly to?: string | null;
  readonly toS?: number | null;
  /** Of `help`. */
  readonly commands?: readonly CommandHelp[];
}

/** Description of a command, as `help` returns it. */
export interface CommandHelp {
  readonly command: string;
  readonly meaning: string;
  readonly parameters: readonly Parameter[];
}

/** A command of the control socket. */
export interface Command {
  readonly meaning: string;
  readonly parameters: readonly Parameter[];
  /** Whether it can take time: other requests get their replies meanwhile. */
  readonly takesTime: boolean;
  /** @throws TcsReplayError as `Playback` does */
  run(playback: Playback, parameters: Parameters): Result | Promise<Result>;
}

const NOTHING: Result = {};

/** All commands, by name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['status', atOnce('where the replay stands', () => {})],
  ['pause', atOnce('send nothing more until resume', (playback) => playback.pause())],
  ['resume', atOnce('go on as if there had been no pause', (playback) => playback.resume())],
  [
    'step',
    {
      meaning:
        'pause, and send the next event; with a topic, all events up to the next one of it; with a count, as many',
      parameters: [
        optional('topic', 'a string', 'a name, or a pattern with * and ?'),
        optional('count', 'a number or a string', 'number of events, 1 to 1000000; not with a topic'),
      ],
      takesTime: true,
      run: async (playback, { topic, count }) => {
        if (topic !== undefined && count !== undefined)
          throw expect.badOption('step', 'given either topic or count', 'both');
        const number = count === undefined ? undefined : expect.integer('count', count, 1);
        const event = await playback.step((topic as string | undefined) ?? number);
        if (event === undefined) return { event: null };
        const { dueS, ...named } = event;
        return { event: { ...named, due: isoOrNull(dueS), dueS: finiteOrNull(dueS) } };
      },
    },
  ],
  [
    'speed',
    {
      ...atOnce('go on at another speed', (playback, { speedup }) =>
        playback.changeSpeed(speedup as number | 'max'),
      ),
      parameters: [
        required(
          'speedup',
          'a number or "max"',
          'times as fast as recorded, from 0.000001 to 1000000000; max: flat out',
        ),
      ],
    },
  ],
  [
    'seek',
    {
      meaning: 'go on from another recorded time; give either to or by',
      parameters: [
        optional(
          'to',
          'a number or a string',
          'ISO 8601, Unix seconds, +90m (from the first event), -10m (from the last)',
        ),
        optional(
          'by',
          'a number or a string',
          'seconds, or a time span such as 90s or -10m, from where the replay stands',
        ),
      ],
      takesTime: true,
      run: async (playback, { to, by }) => {
        if ((to === undefined) === (by === undefined)) {
          throw expect.badOption('seek', 'given either to or by', to === undefined ? 'neither' : 'both');
        }
        return wentTo(
          await (to !== undefined ? playback.seek(to) : playback.seekBy(distanceS('by', by as string))),
        );
      },
    },
  ],
  [
    'next-gap',
    {
      meaning: 'go to the end of the next silence of all topics',
      parameters: [
        optional(
          'least',
          'a number or a string',
          `how long it lasts at least: seconds, or a time span such as 2m; default ${DEFAULT_GAP_S}`,
        ),
      ],
      takesTime: true,
      run: async (playback, { least }) =>
        wentTo(await playback.nextGap(typeof least === 'string' ? expect.durationS('least', least) : least)),
    },
  ],
  [
    'next-event',
    {
      meaning: 'go to the next event of a topic',
      parameters: [required('topic', 'a string', 'a name, or a pattern with * and ?')],
      takesTime: true,
      run: async (playback, { topic }) => wentTo(await playback.nextEvent(topic as string)),
    },
  ],
  ['quit', atOnce('end the replay, cleanly', (playback) => playback.quit())],
  ['help', { ...atOnce('list the commands', () => {}), run: () => ({ commands: help() }) }],
]);

/** Converts a distance to seconds: a number, or a time span with an optional sign. @throws TcsReplayError `BAD_OPTION` */
export function distanceS(name: string, value: string | number): number {
  const [, sign, span] = /^\s*([+-]?)(.*)$/s.exec(String(value)) as RegExpExecArray;
  const seconds = typeof value === 'number' ? value : (sign === '-' ? -1 : 1) * expect.secondsOf(span);
  if (Number.isFinite(seconds)) return expect.distanceS(name, seconds);
  throw expect.badOption(name, 'seconds, or a time span such as 90s, +5m or -10s', value);
}

/** A command that is done when it returns. */
function atOnce(meaning: string, act: (playback: Playback, parameters: Parameters) => void): Command {
  return {
    meaning,
    parameters: [],
    takesTime: false,
    run: (playback, parameters) => {
      act(playback, parameters);
      return NOTHING;
    },
  };
}

function required(name: string, type: Parameter['type'], meaning: string): Parameter {
  return { name, type, isRequired: true, meaning };
}

function optional(name: string, type: Parameter['type'], meaning: string): Parameter {
  return { name, type, isRequired: false, meaning };
}

/** The result of a jump. @param timeS the new position in Unix seconds; undefined: there was nothing to go to */
function wentTo(timeS: number | undefined): Result {
  return { to: isoOrNull(timeS), toS: finiteOrNull(timeS) };
}

function help(): readonly CommandHelp[] {
  return [...COMMANDS].map(([command, { meaning, parameters }]) => ({ command, meaning, parameters }));
}
