#!/usr/bin/env python3
"""A subscriber in Python (pyzmq) for the tests: what any other program at the telescope would see.

Prints `ready` once it is connected and subscribed, and one line of JSON at its end:
received, lost, outOfOrder, unnumbered, malformed, first and last (Unix seconds of receipt), seconds
(last - first), firstSequence, lastSequence, bytes. It ends after --count messages, after --idle seconds
without one, when --timeout seconds brought no first one, or on SIGTERM; with --until-end once its publishers have
ended, after the last message of theirs.

With --time KEY it prints `first` at the first message, and at its end also untimed, and lateness: `early`, and `counts`, pairs of
nanoseconds from the time that KEY holds to the receipt of a message, and the number of such messages.
"""
import argparse
import array
import collections
import json
import math
import os
import re
import signal
import sys
import time

import zmq
import zmq.auth
from zmq.utils.monitor import recv_monitor_message


TICK_SECONDS = 0.05
STOP_SECONDS = 2


class StopRequest:
    """SIGTERM and SIGINT: what has arrived is received still, but not for long.

    A handler that raised an exception could do so between the receiving of a message and its counting.
    """

    def __init__(self):
        self.deadline = math.inf
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle)

    def handle(self, *_):
        """Sets when receiving ends at the latest."""
        self.deadline = min(self.deadline, time.time() + STOP_SECONDS)

    @property
    def came(self):
        """Whether it was asked for."""
        return self.deadline < math.inf


class Publishers:
    """Knows when the publishers that a socket is connected to have ended."""

    def __init__(self, socket, count):
        self.left = count
        self.monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self.greeted = set()

    def have_ended(self):
        """Whether all have. All that they sent is in the socket's queue by then."""
        while self.left > 0 and self.monitor.poll(0):
            message = recv_monitor_message(self.monitor)
            if message['event'] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.greeted.add(message['endpoint'])
            elif message['endpoint'] in self.greeted:
                self.left -= 1
        return self.left <= 0

    def close(self, socket):
        """Close what is seen of the socket, without which its context does not end."""
        socket.disable_monitor()
        self.monitor.close(0)


class Tally:
    """Counts messages, and checks that a number in each is one above that of the message before.

    A jump ahead counts as so many lost, anything else as one out of order; the next is then compared with
    this one. So one restart of the numbers counts one out of order, and a swap shows in both counts.
    """

    def __init__(self, sequence_key, ranks=None):
        self.received = self.bytes = self.malformed = 0
        self.lost = self.out_of_order = self.unnumbered = 0
        self.first = self.last = self.first_sequence = self.sequence = None
        self.ranks = ranks
        # Searched for in the bytes, since parsing the JSON would slow the receiver below the sender.
        key = json.dumps(sequence_key).encode() if sequence_key else None
        self.find = re.compile(re.escape(key) + rb':\s*"?(-?\d+)').search if key else None

    def check_sequence(self, payload):
        """Compare the number in a payload with the one before it."""
        found = self.find(payload)
        sequence = int(found[1]) if found else None
        if self.ranks is not None and sequence is not None:
            sequence = self.ranks[sequence - 1] if 0 < sequence <= len(self.ranks) else None
        if sequence is None:
            self.unnumbered += 1
            return
        if self.sequence is None:
            self.first_sequence = sequence
        elif sequence > self.sequence:
            self.lost += sequence - self.sequence - 1
        else:
            self.out_of_order += 1
        self.sequence = sequence

    def summary(self):
        """The line printed at the end."""
        return {
            'received': self.received, 'lost': self.lost, 'outOfOrder': self.out_of_order,
            'unnumbered': self.unnumbered, 'malformed': self.malformed,
            'first': self.first, 'last': self.last, 'seconds': self.last - self.first if self.received else 0,
            'firstSequence': self.first_sequence, 'lastSequence': self.sequence, 'bytes': self.bytes,
        }


class Lateness:
    """How long after their due times messages come. What comes early counts as 0."""

    def __init__(self, key, warm_up):
        self.find = re.compile(re.escape(json.dumps(key).encode()) + rb':\s*"?(\d+(?:\.\d+)?)').search
        self.warm_up, self.first_due = warm_up, None
        self.untimed = 0
        self.seconds = array.array('d')

    def add(self, payload, received_at):
        """Compare the due time in a payload with the time of its receipt."""
        found = self.find(payload)
        if not found:
            self.untimed += 1
            return
        due = float(found[1])
        if self.first_due is None:
            self.first_due = due
            print('first', flush=True)
        if due - self.first_due >= self.warm_up:
            self.seconds.append(received_at - due)

    def summary(self):
        """The parts of the line printed at the end."""
        counts = collections.Counter(max(0, round(1e9 * seconds)) for seconds in self.seconds)
        early = sum(seconds < 0 for seconds in self.seconds)
        return {'untimed': self.untimed, 'lateness': {'early': early, 'counts': sorted(counts.items())}}


def as_text(frame):
    """A frame as text; what is not UTF-8 stays visible as \\xNN."""
    return frame.decode('utf-8', 'backslashreplace')


def receive(socket, tally, args, record, stop, publishers=None, lateness=None):
    """Receive until it is enough."""
    recv, now, check = socket.recv_multipart, time.time, tally.check_sequence if tally.find else None
    # A wait for a message is many short ones, since pyzmq goes on waiting when a signal comes.
    socket.RCVTIMEO = int(TICK_SECONDS * 1000)
    started = now()
    is_over = False
    while tally.received != args.count:
        try:
            frames = recv()
        except zmq.Again:
            if is_over:
                return
            if publishers and publishers.have_ended():
                # What came before is taken first.
                is_over = True
                socket.RCVTIMEO = 0
                continue
            silence = now() - (tally.last or started)
            if stop.came or silence >= (args.idle if tally.received else args.timeout):
                return
            continue
        tally.last = received_at = now()
        if tally.received == 0:
            tally.first = received_at
        tally.received += 1
        payload = frames[-1]
        if len(frames) == 2:
            tally.bytes += len(frames[0]) + len(payload)
        else:
            tally.malformed += 1
            tally.bytes += sum(map(len, frames))
        if check:
            check(payload)
        if lateness:
            lateness.add(payload, received_at)
        if record:
            record.write(json.dumps([as_text(frames[0]), as_text(payload), received_at]) + '\n')
        if received_at > stop.deadline:
            return
        if tally.received == args.stop_after:
            os.kill(os.getpid(), signal.SIGSTOP)
        if args.each:
            time.sleep(args.each)


def connect(socket, urls, topics=('',)):
    """Subscribe a socket to publishers, which are returned."""
    # They may come later than this does: the default interval of 100 ms would eat into their --wait-setup.
    socket.RECONNECT_IVL = 10
    publishers = Publishers(socket, len(urls))
    for topic in topics:
        socket.subscribe(topic)
    for url in urls:
        socket.connect(url)
    return publishers


def read_ranks(path):
    """The places of events in the order that is expected."""
    ranks = array.array('I')
    with open(path, 'rb') as file:
        ranks.fromfile(file, os.path.getsize(path) // ranks.itemsize)
    return ranks


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('urls', nargs='+', help='addresses to connect to')
    add('--topics', nargs='+', default=[''], help='topic prefixes to subscribe to, everything by default')
    add('--count', type=int, default=-1, help='stop after so many messages')
    add('--idle', type=float, default=2, help='stop after so many seconds without a message')
    add('--timeout', type=float, default=30, help='the same for the first message')
    add('--until-end', action='store_true', help='stop when the publishers have ended')
    add('--record', help='file that gets a line [topic, payload, Unix seconds of receipt] for each message')
    add('--stats', action='store_true', help='record nothing, count only (the default)')
    add('--sequence', metavar='KEY', help='key whose integer must grow by one from message to message')
    add('--time', metavar='KEY', help='key of the time at which a message is due: tell how late each comes')
    add('--warm-up', type=float, default=0, help='seconds after the first due time that are not told of')
    add('--ranks', metavar='FILE', type=read_ranks,
        help='32-bit numbers: the n-th is the place from 1 of event n, which then takes the part of its number')
    add('--curve-server', metavar='FILE', help='certificate of the publisher; with it the connection is encrypted')
    add('--curve-keys', metavar='FILE', help='own certificate, with the secret key')
    add('--each', type=float, default=0, help='seconds that each message takes: a slow subscriber')
    add('--stop-after', type=int, help='stop as SIGSTOP does after so many messages, until SIGCONT')
    add('--hwm', type=int, default=0, help='high-water mark of the socket; 0, the default: none')
    add('--receive-buffer', type=int, default=-1, help="bytes of the system's buffer; default: as many as it chooses")
    return parser.parse_args()


def main():
    """Run the subscriber."""
    args = parse()
    tally = Tally(args.sequence, args.ranks)
    record = open(args.record, 'w', encoding='utf-8') if args.record and not args.stats else None
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.RCVHWM = args.hwm
    socket.RCVBUF = args.receive_buffer
    if args.curve_server:
        socket.curve_serverkey = zmq.auth.load_certificate(args.curve_server)[0]
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(args.curve_keys)
    lateness = Lateness(args.time, args.warm_up) if args.time else None
    publishers = connect(socket, args.urls, args.topics)
    stop = StopRequest()
    print('ready', flush=True)
    receive(socket, tally, args, record, stop, publishers if args.until_end else None, lateness)
    if record:
        record.close()
    publishers.close(socket)
    socket.close(0)
    context.term()
    # It ends by itself now. Python takes its handlers away before that, and a signal would kill it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    print(json.dumps({**tally.summary(), **(lateness.summary() if lateness else {})}), flush=True)


if __name__ == '__main__':
    sys.exit(main())
