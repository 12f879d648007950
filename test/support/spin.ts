/** Takes a core, until it is killed, its parent has ended, or a minute is over. */
const parent = process.ppid;
const endMs = Date.now() + 60_000;
while (Date.now() < endMs && process.ppid === parent);
process.exit();
