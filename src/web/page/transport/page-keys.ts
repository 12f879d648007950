import { type Action, actionOf, KEY_TABLE } from '../../../control/key-table.js';
import { isUtc } from '../model/clock.js';
import { dialog } from '../model/dialogs.js';
import { whyNoPast, whyNoStepTo, whyOwnPace } from '../model/limits.js';
import { isLooping } from '../model/loop.js';
import {
  changeSpeed,
  changeSpeedBy,
  nextGap,
  seek,
  seekBy,
  step,
  tell,
  togglePause,
} from '../model/orders.js';
import { markAtPlayhead, range, show, zoom } from '../model/window.js';

/** A key of the page alone. */
interface PageKey {
  readonly keys: string;
  readonly purpose: string;
  readonly actions: Readonly<Record<string, () => void>>;
  /** Whether it is about recorded time. Default false. */
  readonly isOfPast?: boolean;
}

const PAGE_KEYS: readonly PageKey[] = [
  {
    keys: 'z Z 0',
    purpose: 'timeline: closer, wider, all',
    isOfPast: true,
    actions: {
      z: () => (range.value === undefined ? zoom(0.5) : show(range.value)),
      Z: () => zoom(2),
      '0': () => show(undefined),
    },
  },
  {
    keys: '[ ]',
    purpose: 'mark a range from, up to the playhead',
    isOfPast: true,
    actions: { '[': () => markAtPlayhead('start'), ']': () => markAtPlayhead('end') },
  },
  {
    keys: 'l',
    purpose: 'play the marked range again and again',
    isOfPast: true,
    actions: {
      l: () => {
        isLooping.value = range.value !== undefined && !isLooping.value;
      },
    },
  },
  {
    keys: 'Esc',
    purpose: 'unmark the range',
    isOfPast: true,
    actions: {
      Escape: () => {
        range.value = undefined;
      },
    },
  },
  {
    keys: 'u',
    purpose: "UTC or the observatory's clock",
    actions: {
      u: () => {
        isUtc.value = !isUtc.value;
      },
    },
  },
  {
    keys: '/',
    purpose: 'filter the topics',
    actions: { '/': () => document.querySelector<HTMLElement>('#filter')?.focus() },
  },
];

const OWN = new Map(PAGE_KEYS.flatMap(({ actions }) => Object.entries(actions)));

/** Keys of the terminal that a page has no use for. */
const OF_TERMINALS = new Set(['interrupt', 'suspend']);

/** The keys that do something, with their purposes. */
export function usefulKeys(): readonly Pick<PageKey, 'keys' | 'purpose'>[] {
  const isUseful = (action: Action) => !OF_TERMINALS.has(action.do) && whyNot(action) === undefined;
  return [
    ...KEY_TABLE.filter(({ actions }) => Object.values(actions).every(isUseful)),
    ...PAGE_KEYS.filter(({ isOfPast }) => isOfPast !== true || whyNoPast.value === undefined),
  ];
}

/** Why an action cannot be done with what is played; undefined: it can. */
function whyNot(action: Action): string | undefined {
  switch (action.do) {
    case 'seek':
    case 'seek-by':
    case 'next-gap':
    case 'go-to-topic':
    case 'go-to-time':
      return whyNoPast.value;
    case 'faster':
    case 'slower':
    case 'as-recorded':
      return whyOwnPace.value;
    case 'step-to-topic':
      return whyNoStepTo.value;
    default:
      return undefined;
  }
}

/** The names that the terminal's key table has for keys of a browser. */
const NAMES: Readonly<Record<string, string>> = {
  ' ': 'space',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'pageup',
  PageDown: 'pagedown',
  Home: 'home',
  End: 'end',
};

/** Elements that use these keys themselves. */
const TYPED_INTO = 'input, select, textarea, dialog, [contenteditable]';
/** Elements in which arrows and the like move, and do not seek. */
const MOVED_IN = '[data-keys="move"]';
const PRESSED = 'button, a, summary, [role="row"]';

/** Makes keys drive the replay, wherever the focus is and the element there does not use the key itself. */
export function listenToKeys(): void {
  // A button that was clicked does not keep the focus, else Space would press it again.
  addEventListener('mousedown', (event) => {
    const { target } = event;
    if (
      !(target instanceof Element) ||
      target.closest('button') === null ||
      target.closest('dialog') !== null
    )
      return;
    event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  addEventListener('keydown', (event) => {
    const { key, shiftKey, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const element = target instanceof Element ? target : document.body;
    if (element.closest(TYPED_INTO) !== null || dialog.value !== undefined) return;
    const name = NAMES[key] ?? key;
    if (element.closest(PRESSED) !== null && name === 'space') return;
    if (element.closest(MOVED_IN) !== null && name in NAMES_MOVED) return;
    const own = OWN.get(key);
    const isShifted = shiftKey && (name === 'left' || name === 'right');
    const action = actionOf(isShifted ? `shift-${name}` : name);
    if (own === undefined && (action === undefined || OF_TERMINALS.has(action.do))) return;
    event.preventDefault();
    if (own !== undefined) own();
    else obey(action as Action);
  });
}

const NAMES_MOVED: Readonly<Record<string, true>> = {
  ...{ up: true, down: true, pageup: true, pagedown: true, home: true, end: true },
};

function obey(action: Action): void {
  const why = whyNot(action);
  if (why !== undefined) {
    tell(why, true);
    return;
  }
  switch (action.do) {
    case 'toggle-pause':
      togglePause();
      break;
    case 'step':
      void step();
      break;
    case 'next-gap':
      nextGap();
      break;
    case 'seek':
      void seek(action.to);
      break;
    case 'seek-by':
      void seekBy(action.byS);
      break;
    case 'faster':
      changeSpeedBy(1);
      break;
    case 'slower':
      changeSpeedBy(-1);
      break;
    case 'as-recorded':
      changeSpeed(1);
      break;
    case 'step-to-topic':
    case 'go-to-topic':
    case 'go-to-time':
    case 'help':
    case 'quit':
      dialog.value = { kind: action.do };
      break;
    case 'interrupt':
    case 'suspend':
      break;
  }
}
