#!/usr/bin/env python3
"""A model of the HET's subscriber, by the public documentation of tcs_lib.tcs_event: TCSEvent, SafeTCSEvent, TCSDict.

As a program it prints `ready` once it has subscribed, then a line of JSON for each event: its header, its payload, the
topic that TCSDict makes of it, and the Python types of its two times; an `error` in place of them ends it.
"""
import argparse
import json
import math
import sys

import zmq

TIMES = ('__data_time', '__wire_time')


class TCSDict(dict):
    """A dictionary of exactly six keys; what is not given is None."""

    KEYS = ('__data', '__data_time', '__key', '__source', '__system', '__wire_time')

    def __init__(self, values=()):
        given = dict(values)
        super().__init__({key: given.get(key) for key in self.KEYS})

    @property
    def topic(self):
        """`system.source.key`."""
        parts = [self['__system'], self['__source'], self['__key']]
        if None in parts:
            raise AttributeError('there is no topic')
        return '.'.join(parts)

    @topic.setter
    def topic(self, value):
        if value is None:
            raise AttributeError('expected a topic, got None')
        if not isinstance(value, str):
            raise TypeError(f'expected a text, got {value!r}')
        # Two or four parts are a ValueError.
        self['__system'], self['__source'], self['__key'] = value.split('.')


class TCSEvent:
    """Iterates over the events of several publishers, as headers and payloads."""

    def __init__(self, urls, topics=None, dates_to_float=False, context=None):
        self.dates_to_float = dates_to_float
        self.socket = (context or zmq.Context.instance()).socket(zmq.SUB)
        self.socket.RCVHWM = 0
        # The publishers of a test may come later.
        self.socket.RECONNECT_IVL = 10
        self.subscribe(topics or [''])
        self.connect(urls)

    def connect(self, urls):
        """Adds publishers."""
        for url in urls:
            self.socket.connect(url)

    def subscribe(self, topics):
        """Adds topics: ZeroMQ takes them for prefixes."""
        for topic in topics:
            self.socket.subscribe(topic)

    def __iter__(self):
        return self

    def __next__(self):
        header, payload = self.socket.recv_multipart()
        return header.decode(), self.read(payload)

    next = __next__

    def read(self, payload):
        """The event of a payload."""
        event = json.loads(payload)
        if self.dates_to_float:
            for key in TIMES:
                event[key] = float(event[key])
        return event


class SafeTCSEvent(TCSEvent):
    """The fail-safe kind: a time that is no number stays as it is."""

    def read(self, payload):
        event = json.loads(payload)
        if self.dates_to_float:
            for key in TIMES:
                try:
                    event[key] = float(event[key])
                except (KeyError, TypeError, ValueError):
                    pass
        return event


def described(header, event):
    """What is printed of an event."""
    try:
        topic = TCSDict(event).topic
    except (AttributeError, TypeError) as error:
        topic = type(error).__name__
    types = {key: type(event[key]).__name__ for key in TIMES if key in event}
    # JSON has no NaN, which float() makes of the text nan.
    payload = {key: str(value) if value in (math.inf, -math.inf) or value != value else value
               for key, value in event.items()}
    return {'header': header, 'payload': payload, 'topic': topic, 'types': types}


def main():
    """Run the subscriber."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('urls', nargs='+', help='addresses to connect to')
    add('--topics', nargs='+', help='topic prefixes, everything by default')
    add('--count', type=int, required=True, help='number of events after which it ends')
    add('--dates-to-float', action='store_true')
    add('--safe', action='store_true', help='use SafeTCSEvent')
    add('--timeout', type=float, default=60, help='seconds without an event after which it gives up')
    args = parser.parse_args()
    kind = SafeTCSEvent if args.safe else TCSEvent
    events = kind(args.urls, args.topics, args.dates_to_float)
    events.socket.RCVTIMEO = int(args.timeout * 1000)
    print('ready', flush=True)
    for _ in range(args.count):
        try:
            told = described(*next(events))
        except (KeyError, TypeError, ValueError) as error:
            told = {'error': type(error).__name__}
        print(json.dumps(told))
        if 'error' in told:
            break
    events.socket.close(0)


if __name__ == '__main__':
    sys.exit(main())
