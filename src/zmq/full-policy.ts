/** What happens to an event where the queue of a subscriber is full: it is dropped for that subscriber, or sending waits. */
export type FullPolicy = 'drop' | 'block';
