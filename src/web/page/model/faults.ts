import { plain } from '../../../shared/plain-text.js';
import { link } from '../connection/link.js';
import { tell } from './orders.js';

/** Tells faults of the server's. */
export function followFaults(): void {
  link.on('fault', ({ message }) => tell(`tcs-replay has a fault, and goes on: ${plain(message)}`, true));
}
