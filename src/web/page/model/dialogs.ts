import { signal } from '@preact/signals';

/** A question to the user, or a text, in front of the page. */
export type Dialog =
  | { readonly kind: 'step-to-topic' | 'go-to-topic' | 'go-to-time' | 'help' | 'quit' }
  | { readonly kind: 'command'; readonly text: string };

export const dialog = signal<Dialog | undefined>(undefined);
