/**
 * What happens to events that are later than allowed: all are sent at once (`catch-up`), the plan is moved so that they are on
 * time (`shift`), they are not sent (`drop`), or the replay ends (`abort`).
 */
export type LatePolicy = 'catch-up' | 'shift' | 'drop' | 'abort';
