#!/usr/bin/env python3
"""A subscriber as users write it: it takes two frames a message, and knows nothing of load tests.

Prints `ready` once it has subscribed, and `ended N` at each payload that begins with `end`: it has received N messages by then.
"""
import argparse
import os
import time

import zmq


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('url')
    parser.add_argument('topics', nargs='*', default=[''])
    parser.add_argument('--hwm', type=int, default=1000)
    parser.add_argument('--buffer', type=int, default=-1, help='size of the receive buffer in bytes')
    parser.add_argument('--spin', type=float, default=0, help='seconds of work a message')
    parser.add_argument('--sleep', type=float, default=0, help='seconds of sleep a message')
    parser.add_argument('--file', help='a file to which each message is written, so that it is on the disk before the next one')
    parser.add_argument('--writes', type=int, default=1, help='how often each message is written')
    return parser.parse_args()


def main():
    """Run the subscriber."""
    args = parse()
    socket = zmq.Context().socket(zmq.SUB)
    socket.RCVHWM = args.hwm
    socket.RCVBUF = args.buffer
    for topic in args.topics or ['']:
        socket.subscribe(topic)
    socket.connect(args.url)
    print('ready', flush=True)
    file = open(args.file, 'wb') if args.file else None
    received = 0
    while True:
        _, body = socket.recv_multipart()
        received += 1
        if body.startswith(b'end'):
            print('ended', received, flush=True)
        for _ in range(args.writes if file else 0):
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        if args.sleep:
            time.sleep(args.sleep)
        until = time.monotonic() + args.spin
        while time.monotonic() < until:
            pass


if __name__ == '__main__':
    main()
