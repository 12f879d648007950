import { effect } from '@preact/signals';
import { nightName } from './night.js';

/** Names the tab for what is played: several replays may be open. */
export function followTitle(): void {
  effect(() => {
    if (nightName.value !== '') document.title = `${nightName.value} – tcs-replay`;
  });
}
