import { ReadPace } from '../../src/threads/read-pace.js';
import { serveTasks } from '../../src/threads/serve-tasks.js';

const { rest } = ReadPace.prototype;
/** A minute: the test has ended, or failed, long before. */
const REST_MS = 60_000;

ReadPace.prototype.rest = function (this: ReadPace): void {
  rest.call(new ReadPace(this.words, REST_MS));
};

/** The entry of a decoding thread whose rests do not end by themselves. */
export default serveTasks();
