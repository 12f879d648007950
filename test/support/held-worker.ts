import { serveTasks } from '../../src/threads/serve-tasks.js';
import { HOLD, type Hold } from './hold.js';

const hold = JSON.parse(process.env[HOLD] ?? '{"eachMs":0,"onceMs":0,"once":0}') as Hold;
const never = new Int32Array(new SharedArrayBuffer(4));
let reads = 0;

/** The entry of a decoding thread, held up. */
export default serveTasks((call, perform) => {
  if (call.kind === 'read') {
    const heldMs = hold.eachMs + (reads === hold.once ? hold.onceMs : 0);
    if (heldMs > 0) Atomics.wait(never, 0, 0, heldMs);
    reads += 1;
  }
  return perform(call);
});
