#!/usr/bin/env python3
"""A model of the reference replayer, `tcs_replay` of the Hobby-Eberly Telescope's `tcs_lib.server`.

This is NOT the reference's code, which is not public. It is written from the module's public documentation
and help text alone, and follows this project's own decisions where these say nothing. Tests compare with it
message for message, and benchmarks measure against it. So it is the natural implementation (one query per
event, a dict, json.dumps, time.sleep), neither tuned nor slowed. It supports the default schema only.
"""
import argparse
import json
import math
import re
import sqlite3
import sys
import time
from array import array
from collections.abc import Iterator

import zmq

ORDERS = ('none', '__data_time', '__wire_time')
TIME_KEYS = ('__data_time', '__wire_time')
sys.set_int_max_str_digits(0)  # integers of any size convert exactly


def as_text(value, null=''):
    """Text of a stored name or value: invalid UTF-8 becomes U+FFFD, NULL becomes `null`."""
    if isinstance(value, bytes):
        return value.decode('utf-8', 'replace')
    return null if value is None else str(value)


def finite_number(value):
    """The finite number that a stored value represents, or None."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def first_usable(*times):
    """The first time that is not None, or None."""
    for seconds in times:
        if seconds is not None:
            return seconds


def topics_pattern(topics):
    """One pattern for all topics: `*` and `?` are wildcards, anything else (`[` too) is literal."""
    wild = {'*': '.*', '?': '.'}
    return re.compile('|'.join(''.join(wild.get(c) or re.escape(c) for c in topic) for topic in topics), re.S)


class ZMQServer:
    """Publishes events on a PUB socket bound to `url`."""
    def __init__(self, url, context=None, options=()):
        self.sent, self.context = 0, context or zmq.Context.instance()
        self.socket = self.context.socket(zmq.PUB)
        for option, value in options:
            self.socket.setsockopt(option, value)
        self.socket.bind(url)

    def send_event(self, event):
        """Send a list of strings as one multipart message."""
        self.socket.send_multipart([part.encode('utf-8') for part in event])
        self.sent += 1

    def send_tcs_event(self, tcs_topic, tcs_event):
        """Send a TCS event, a dict or its JSON; a missing `__wire_time` becomes the current time."""
        event = json.loads(tcs_event) if isinstance(tcs_event, str) else tcs_event
        self.send_event([tcs_topic, json.dumps({'__wire_time': time.time(), **event})])

    def start(self, events):
        """Send each event as the iterator yields it; None is skipped."""
        for event in events:
            if event is not None:
                self.send_event(event)

    def close(self):
        """Close the socket."""
        self.socket.close()


class TCSDBReplay(Iterator):
    """Iterates over a database: yields `[topic, json]` when an event is due, None for a rejected topic."""
    def __init__(self, db_name, sort_by='none', speedup=1.0, topics=None, convert_number=False,
                 convert_bool=False, flat_out=False, original_times=False):
        if sort_by not in ORDERS:
            raise ValueError(f'unknown order {sort_by!r}, expected one of {", ".join(ORDERS)}')
        self.sort_by, self.speedup = sort_by, speedup
        self.wanted_topics = topics_pattern(topics) if topics else None
        self.convert_number, self.convert_bool = convert_number, convert_bool
        self.flat_out, self.original_times = flat_out, original_times
        self.lateness = None  # if set to an array, it receives each event's lateness in seconds
        # sqlite3 decodes text fast but refuses invalid UTF-8; a text_factory is slow, so only a fallback.
        self.attributes = sqlite3.connect(db_name).cursor()
        self.lenient = sqlite3.connect(db_name)
        self.lenient.text_factory = as_text
        self._reset_iter()

    def _reset_iter(self):
        """(Re)start: query the events in their order and reset the anchors of the timeline."""
        events = self.lenient.execute('SELECT event_id, topic, data_time FROM event ORDER BY rowid')
        self.event_ids = events if self.sort_by == 'none' else iter(self._sorted(events))
        self.start_wire_time = self.start_iter_time = None

    def _sorted(self, events):
        """Sort by time, stably; events without a time come first."""
        query = 'SELECT event_id, value FROM attribute WHERE key = ? ORDER BY rowid'
        data, wire = [dict(self.lenient.execute(query, (key,))) for key in TIME_KEYS]

        def sort_key(row):
            wire_then_data = (wire.get(row[0]), data.get(row[0]))
            times = (row[2], *wire_then_data) if self.sort_by == '__data_time' else (*wire_then_data, row[2])
            return first_usable(*map(finite_number, times), -math.inf)

        return sorted(events, key=sort_key)

    def __next__(self):
        event_id, topic, data_time = next(self.event_ids)
        topic = as_text(topic)
        if self.wanted_topics and not self.wanted_topics.fullmatch(topic):
            return None
        event, due_time = self._create_event(event_id, data_time)
        message = [topic, json.dumps(event)]
        if due_time is not None and not self.flat_out:
            wait = due_time - time.time()
            if wait > 0:
                time.sleep(wait)
            if self.lateness is not None:
                self.lateness.append(time.time() - due_time)
        return message

    def _create_event(self, event_id, data_time):
        """The event's dictionary, and the clock time at which it is due (None: immediately)."""
        query = 'SELECT key, value, data_type FROM attribute WHERE event_id = ?'
        try:
            rows = self.attributes.execute(query, (event_id,)).fetchall()
        except sqlite3.OperationalError:
            rows = self.lenient.execute(query, (event_id,)).fetchall()
        event = {}
        for key, value, type_ in rows:
            name = key if isinstance(key, str) else as_text(key, 'null')
            event[name] = self._convert_to_type(value, type_)
        # As stored, not as converted: a BLOB is not a time, although it is sent as text.
        times = {key: finite_number(value) for key, value, _ in rows if key in TIME_KEYS}
        data_seconds = finite_number(data_time)
        if not rows and data_seconds is not None:
            event, times = dict.fromkeys(TIME_KEYS, data_time), dict.fromkeys(TIME_KEYS, data_seconds)
        recorded = first_usable(times.get('__wire_time'), times.get('__data_time'), data_seconds)
        return event, self._update_times(event, times, recorded)

    def _convert_to_type(self, value, type_):
        """Convert a value to its type, if requested and possible."""
        if isinstance(value, bytes):
            value = as_text(value)
        if isinstance(value, str):
            if type_ == 'number' and self.convert_number:
                return self._to_number(value)
            if type_ == 'boolean' and self.convert_bool:
                return self._to_bool(value)
        elif isinstance(value, float) and not math.isfinite(value):
            return str(value)  # JSON has no infinity
        return value

    @staticmethod
    def _to_number(value):
        """int if possible, else finite float, else the unchanged value."""
        try:
            return int(value)
        except ValueError:
            return first_usable(finite_number(value), value)

    @staticmethod
    def _to_bool(value):
        """True for "true", False for "false", else the unchanged value."""
        return {'true': True, 'false': False}.get(value, value)

    def _update_times(self, event, times, recorded):
        """Shift an event's usable times to the present; returns when the event is due."""
        if recorded is None:
            return None
        if self.start_wire_time is None:
            self.start_wire_time, self.start_iter_time = recorded, time.time()
        if not self.original_times:
            for key, seconds in times.items():
                if seconds is not None:
                    event[key] = self._shift(seconds)
        return self._shift(recorded)

    def _shift(self, seconds):
        """The clock time that corresponds to a recorded time."""
        return self.start_iter_time + (seconds - self.start_wire_time) / self.speedup


class TCSMockEvent(Iterator):
    """Endless mock events of the topic `lrs2.hardware.status`, one every `sleep` seconds."""
    def __init__(self, sleep=1):
        self.sleep = sleep

    def __next__(self):
        time.sleep(self.sleep)
        event = {'__system': 'lrs2', '__source': 'hardware', '__key': 'status', '__data': 'true'}
        return ['lrs2.hardware.status', json.dumps({**event, **dict.fromkeys(TIME_KEYS, time.time())})]


def parse():
    """The reference's command line, plus what measuring and testing need."""
    parser = argparse.ArgumentParser(prog='tcs_model.py', description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('-V', '--version', action='version', version='tcs_model 1')
    add('db_name', nargs='?', help='database to replay; without one, mock events are sent')
    add('-u', '--url', default='tcp://127.0.0.1:5556', help='address that the socket binds to')
    add('--wait-setup', type=float, default=1.0, help='seconds in which subscribers connect')
    add('-s', '--speedup', type=float, default=1.0)
    add('-t', '--topics', nargs='+', help='topics to send, all by default')
    add('-S', '--sort-by', choices=ORDERS, default='none')
    add('--sleep', type=float, default=1, help='seconds between mock events')
    add('--times', choices=('replay', 'original'), default='replay', help='original: as recorded')
    add('--hwm', type=int, default=1000, help='high-water mark of the socket, 0: no limit')
    add('--linger', type=lambda s: int(float(s) * 1000), default=-1, help='seconds in which the rest is sent at the end')
    add('--lateness', metavar='FILE', help="write each event's seconds from due to sent, as doubles")
    # Not in the reference: --times, --hwm, --linger, --lateness, --flat-out and --json.
    for flag in ('--serve-forever', '--convert-number', '--convert-bool', '--flat-out', '--json'):
        add(flag, action='store_true')
    return parser.parse_args()


def main():
    """Run the executable."""
    args = parse()
    server = ZMQServer(args.url, options=[(zmq.SNDHWM, args.hwm), (zmq.LINGER, args.linger)])
    time.sleep(args.wait_setup)
    started = time.perf_counter()
    try:
        events = TCSMockEvent(args.sleep) if args.db_name is None else TCSDBReplay(
            args.db_name, args.sort_by, args.speedup, args.topics, args.convert_number,
            args.convert_bool, args.flat_out, args.times == 'original')
        if args.lateness is not None:
            events.lateness = array('d')
        server.start(events)
        while args.serve_forever:
            events._reset_iter()
            server.start(events)
    except KeyboardInterrupt:
        pass
    seconds = time.perf_counter() - started
    server.close()
    server.context.term()  # waits until all is sent, or --linger has passed
    if args.lateness is not None:
        with open(args.lateness, 'wb') as file:
            events.lateness.tofile(file)
    if args.json:
        print(json.dumps({'sent': server.sent, 'seconds': seconds}))


if __name__ == '__main__':
    main()
