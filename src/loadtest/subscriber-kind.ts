/** Who a subscriber is: our own reference, one that the load test started, one of the user's. */
export type SubscriberKind = 'sentinel' | 'own' | 'foreign';
