import { computed } from '@preact/signals';
import { plays } from './night.js';

/** Why there is no other time to go to, and no past to show; undefined: there is. */
export const whyNoPast = computed(() => {
  switch (plays.value) {
    case 'recordings':
      return undefined;
    case 'live':
      return 'Live publishers send what happens now: there is no other time to go to.';
    case 'mock':
      return 'Mock events were never recorded: there is no time to go to.';
  }
});

/** Why the speed cannot be changed; undefined: it can. */
export const whyOwnPace = computed(() =>
  plays.value === 'live' ? 'The publishers set the pace.' : undefined,
);

/** Why no topic can be stepped to; undefined: one can, also of live publishers, whose events are waited for. */
export const whyNoStepTo = computed(() => (plays.value === 'mock' ? whyNoPast.value : undefined));
