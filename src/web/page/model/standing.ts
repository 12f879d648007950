import { computed, signal } from '@preact/signals';
import type { ControlStatus } from '../../../control/control-status.js';
import { link } from '../connection/link.js';

/** Where the replay stands; undefined: not known yet. */
export const status = signal<ControlStatus | undefined>(undefined);
/** How the replay ended: the JSON document of `--json`; undefined: it has not. */
export const outcome = signal<unknown>(undefined);

export const positionS = computed(() => status.value?.positionS ?? null);
export const isPaused = computed(() => status.value?.state === 'paused');

export function followStanding(): void {
  link.on('state', (message) => {
    status.value = message.status;
  });
  link.on('reply', ({ reply }) => {
    const told = reply as { readonly status?: ControlStatus };
    if (told.status !== undefined) status.value = told.status;
  });
  link.on('ended', (message) => {
    outcome.value = message.outcome ?? {};
    link.state.value = 'over';
  });
}
