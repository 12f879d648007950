/** A plugin of Open MCT that shows what `tcs-replay --web` plays, or `tcs-replay view` shows: see README.md. */

const SPACE = 'tcs-replay';
const POINT = 'tcs-replay.attribute';
const RETRY_MS = 1000;
/** The server takes no more of one connection. */
const MOST_LIVE = 64;

/** An id that stays the same from night to night. Of what is not plain text it has the bytes. */
const keyOf = (...names) => names.map(encodeURIComponent).join(',').replaceAll('%', '$');
const idOf = (key) => ({ namespace: SPACE, key });

/**
 * Connects to a replay.
 *
 * @param address the address of its page, which the program has printed: it ends in a token
 * @returns what is played, as `GET /api/overview` tells it, and the plugin
 */
export async function connectReplay(address) {
  const { host, hash } = new URL(address);
  const token = new URLSearchParams(hash.slice(1)).get('token');
  const ask = async (path, query, signal) => {
    const answer = await fetch(`http://${host}${path}?${new URLSearchParams({ ...query, token })}`, {
      signal,
    });
    if (answer.ok) return answer.json();
    if (answer.status !== 503) throw new Error(`tcs-replay: ${await answer.text()}`);
    // As many histories as it reads at a time are being read.
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return ask(path, query, signal);
  };
  const [overview, dictionary] = [await ask('/api/overview'), await ask('/api/dictionary')];
  const socket = new WebSocket(`ws://${host}/ws?token=${token}`, 'tcs-replay.v1');
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('tcs-replay: its WebSocket does not open'));
  });

  return { overview, install: (openmct) => install(openmct, { ask, socket, overview, dictionary }) };
}

function install(openmct, { ask, socket, overview, dictionary }) {
  const root = {
    identifier: idOf('night'),
    name: overview.sources[0]?.name ?? SPACE,
    type: 'folder',
    location: 'ROOT',
  };
  const objects = new Map([[root.identifier.key, root]]);
  root.composition = dictionary.topics.map(({ name: topic, attributes }) => {
    const folder = {
      identifier: idOf(keyOf(topic)),
      name: topic,
      type: 'folder',
      location: `${SPACE}:night`,
    };
    objects.set(folder.identifier.key, folder);
    folder.composition = attributes.map(({ name, kind }) => {
      const key = keyOf(topic, name);
      const location = `${SPACE}:${folder.identifier.key}`;
      const value = {
        key: 'value',
        name,
        format: kind === 'number' ? 'float' : 'string',
        hints: { range: 1 },
      };
      const time = {
        key: 'utc',
        source: 'timestamp',
        name: 'Recorded time',
        format: 'utc',
        hints: { domain: 1 },
      };
      const of = { topic, attribute: name };
      objects.set(key, {
        identifier: idOf(key),
        name,
        type: POINT,
        location,
        of,
        telemetry: { values: [value, time] },
      });
      return idOf(key);
    });
    return folder.identifier;
  });
  const isPoint = ({ type }) => type === POINT;
  openmct.types.addType(POINT, { name: 'Attribute', cssClass: 'icon-telemetry' });
  openmct.objects.addRoot(root.identifier);
  openmct.objects.addProvider(SPACE, { get: async ({ key }) => objects.get(key) });

  // The past: Open MCT asks for `start` and `end`, and mostly for a `strategy` and a `size`.
  openmct.telemetry.addProvider({
    supportsRequest: isPoint,
    request({ of }, { start, end, strategy, size, signal }) {
      return ask(
        '/api/points',
        { ...of, start, end, ...(strategy && { strategy }), ...(size && { size }) },
        signal,
      );
    },
    supportsSubscribe: isPoint,
    subscribe(object, callback) {
      const { key } = object.identifier;
      subscribed.set(key, { of: object.of, callback });
      want();
      return () => {
        subscribed.delete(key);
        want();
      };
    },
  });

  // The present: the newest value of each attribute that is subscribed to, and the time of the replay as a clock.
  const subscribed = new Map();
  const ticks = new Set();
  let nowMs = 1000 * (overview.firstS ?? 0);
  const want = () => {
    const plots = Array.from(subscribed.values(), ({ of }) => of).slice(-MOST_LIVE);
    socket.send(JSON.stringify({ op: 'want', topics: [], values: [], plots }));
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.op === 'state') {
      nowMs = 1000 * (message.status.positionS ?? overview.firstS);
      for (const tick of ticks) tick(nowMs);
    }
    for (const { topic, attribute, atS, max, text } of message.tails ?? [])
      subscribed
        .get(keyOf(topic, attribute))
        ?.callback({ timestamp: 1000 * atS, value: max === null ? text : Number(text) });
  };
  socket.onclose = () =>
    openmct.notifications.alert('The connection to tcs-replay is lost: give the address of a replay again.');
  openmct.time.addClock({
    ...{
      key: SPACE,
      name: 'Replay',
      cssClass: 'icon-clock',
      description: 'The recorded time that is played',
    },
    on: (_, tick) => ticks.add(tick),
    off: (_, tick) => ticks.delete(tick),
    currentValue: () => nowMs,
  });
}
