import { DEFAULT_GAP_S } from '../selection/default-gap.js';
import * as text from '../shared/text.js';

const MINUTE_S = 60;

/** The action of a key. */
export type Action =
  | { readonly do: 'toggle-pause' | 'step' | 'step-to-topic' | 'go-to-topic' | 'next-gap' | 'go-to-time' }
  | { readonly do: 'faster' | 'slower' | 'as-recorded' | 'help' | 'quit' | 'interrupt' | 'suspend' }
  | { readonly do: 'seek-by'; readonly byS: number }
  | { readonly do: 'seek'; readonly to: string };

/** Keys for one purpose, as the help shows them. */
export interface KeyEntry {
  /** The labels of the keys. */
  readonly keys: string;
  readonly purpose: string;
  /** The purpose for a small terminal. */
  readonly brief: string;
  /** The action of each key, by the name that `Keyboard` gives it. */
  readonly actions: Readonly<Record<string, Action>>;
}

/** All keys, in the order in which the help shows them. */
export const KEY_TABLE: readonly KeyEntry[] = [
  { keys: 'space', purpose: 'pause, go on', brief: 'pause', actions: { space: { do: 'toggle-pause' } } },
  { keys: '.', purpose: 'pause, and send one event', brief: 'step', actions: { '.': { do: 'step' } } },
  {
    keys: 's',
    purpose: 'pause, and send all up to the next event of a topic',
    brief: 'step to topic',
    actions: { s: { do: 'step-to-topic' } },
  },
  {
    keys: 'n',
    purpose: 'go to the next event of a topic',
    brief: 'go to topic',
    actions: { n: { do: 'go-to-topic' } },
  },
  {
    keys: 'g',
    purpose: `go past the next silence of ${text.span(DEFAULT_GAP_S)} or more`,
    brief: 'next gap',
    actions: { g: { do: 'next-gap' } },
  },
  { keys: 't', purpose: 'go to a time', brief: 'go to time', actions: { t: { do: 'go-to-time' } } },
  {
    keys: '+ -',
    purpose: 'faster, slower',
    brief: 'speed',
    actions: { '+': { do: 'faster' }, '=': { do: 'faster' }, '-': { do: 'slower' } },
  },
  {
    keys: '1',
    purpose: 'as fast as recorded',
    brief: 'as recorded',
    actions: { '1': { do: 'as-recorded' } },
  },
  {
    keys: '← →',
    purpose: '10s back, on',
    brief: '10s',
    actions: { left: { do: 'seek-by', byS: -10 }, right: { do: 'seek-by', byS: 10 } },
  },
  {
    keys: '↓ ↑',
    purpose: '1m back, on; also Shift with ← →',
    brief: '1m',
    actions: {
      down: { do: 'seek-by', byS: -MINUTE_S },
      up: { do: 'seek-by', byS: MINUTE_S },
      'shift-left': { do: 'seek-by', byS: -MINUTE_S },
      'shift-right': { do: 'seek-by', byS: MINUTE_S },
    },
  },
  {
    keys: 'PgDn PgUp',
    purpose: '10m back, on',
    brief: '10m',
    actions: {
      pagedown: { do: 'seek-by', byS: -10 * MINUTE_S },
      pageup: { do: 'seek-by', byS: 10 * MINUTE_S },
    },
  },
  {
    keys: 'Home End',
    purpose: 'to the first, the last event',
    brief: 'ends',
    actions: { home: { do: 'seek', to: '+0' }, end: { do: 'seek', to: '-0' } },
  },
  { keys: '?', purpose: 'show, hide this help', brief: 'help', actions: { '?': { do: 'help' } } },
  { keys: 'q', purpose: 'end the replay', brief: 'quit', actions: { q: { do: 'quit' } } },
  {
    keys: 'Ctrl-C',
    purpose: 'stop it as SIGINT does',
    brief: 'stop',
    actions: { 'ctrl-c': { do: 'interrupt' } },
  },
  {
    keys: 'Ctrl-Z',
    purpose: 'suspend it: fg goes on',
    brief: 'suspend',
    actions: { 'ctrl-z': { do: 'suspend' } },
  },
];

const ACTIONS = new Map(KEY_TABLE.flatMap(({ actions }) => Object.entries(actions)));

/** The action of a key; undefined if it has none. */
export function actionOf(key: string): Action | undefined {
  return ACTIONS.get(key);
}
