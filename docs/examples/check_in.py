"""Tells a load test of tcs-replay what this subscriber receives: CheckIn(name, url).seen(payload) for each event."""
import json
import os
import re
import threading
import time

import zmq

WIRE_TIME = re.compile(rb'"__wire_time":\s*([\d.]+)')
REMEMBERED = 4096


class CheckIn:
    """Counts in the subscriber's thread, and reports in one of its own: the subscriber never waits."""

    def __init__(self, name, url='tcp://127.0.0.1:5558', topics=('',)):
        self.report = {'name': name, 'topics': list(topics), 'pid': os.getpid(), 'received': 0,
                       'duplicated': 0, 'reordered': 0, 'first': None, 'last': None}
        self.latency, self.remembered = {}, {}
        self.clock = {'offset': 0, 'error': 1e6}  # until the first exchange, nothing is known
        self.interval = 1  # seconds between two reports: the load test says
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self._tell, args=(url,), daemon=True)
        self.thread.start()

    def seen(self, payload):
        """Counts an event: its JSON as bytes."""
        now, report, found = time.time() + self.clock['offset'], self.report, WIRE_TIME.search(payload)
        report['received'] += 1
        if found is None:
            return
        wire = float(found[1])
        if report['last'] is None or wire > report['last']:
            report['first'], report['last'] = report['first'] or wire, wire
        else:
            report['duplicated' if wire in self.remembered else 'reordered'] += 1
        self.remembered[wire] = True
        if len(self.remembered) > REMEMBERED:
            del self.remembered[next(iter(self.remembered))]
        latency_us = f'{max(0, now - wire) * 1e6:.2g}'  # two digits: some 90 counts for each power of ten
        self.latency[latency_us] = self.latency.get(latency_us, 0) + 1

    def close(self):
        """Sends the last report."""
        self.closing.set()
        self.thread.join()

    def _tell(self, url):
        with zmq.Context.instance().socket(zmq.DEALER) as socket:
            socket.set(zmq.SNDHWM, 4)
            socket.set(zmq.LINGER, 1000)
            socket.connect(url)
            while not self.closing.is_set():
                asked = time.time()
                self._send(socket, {'clock': asked})
                while socket.poll(200) and self._take(json.loads(socket.recv()), time.time()) != asked:
                    pass  # an answer that comes late belongs to a question before
                self._send(socket, {'report': self._now()})
                self.closing.wait(self.interval)
            self._send(socket, {'report': self._now()})

    def _now(self):
        clock = self.clock if self.clock['error'] < 1e6 else None
        return {**self.report, 'latency': dict(self.latency), 'clock': clock, 'sent_at': time.time()}

    def _send(self, socket, message):
        try:
            socket.send_json(message, zmq.DONTWAIT)
        except zmq.Again:
            pass  # nobody takes it; the next one has all that this one says

    def _take(self, answer, now):
        """Returns when the question was asked that it answers."""
        if 'error' in answer:
            print('check-in:', answer['error'])
        else:
            times, self.interval = answer['clock'], answer['interval']
            error = (now - times['sent'] - (times['answered'] - times['received'])) / 2
            if error < self.clock['error']:
                offset = (times['received'] - times['sent'] + times['answered'] - now) / 2
                self.clock = {'offset': offset, 'error': error}
            return times['sent']
