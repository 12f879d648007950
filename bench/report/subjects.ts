import type { Subject } from '../result.js';
import type { Dash } from './drawing.js';

/** How each subject is named, tagged and drawn. */
export const SUBJECTS: Readonly<
  Record<
    Subject,
    { readonly name: string; readonly tag: string; readonly color: string; readonly dash: Dash }
  >
> = {
  ours: { name: 'tcs-replay', tag: '', color: 'ours', dash: 'solid' },
  peer: { name: 'model of the reference', tag: 'peer', color: 'peer', dash: 'dashed' },
  limit: { name: 'limit of the machine', tag: 'limit', color: 'limit', dash: 'dotted' },
};
