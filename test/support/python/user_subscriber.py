#!/usr/bin/env python3
"""A subscriber as users write it: it takes two frames a message, and knows nothing of load tests.

Prints `ready` once it has subscribed, and `ended N` at each payload that begins with `end`: it has received N messages by then.
"""
import argparse
import mmap
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
    parser.add_argument('--file', help='a file of which a block is written at each message, and is on the disk before the next one')
    return parser.parse_args()


class Disk:
    """A file whose writes go past the system's cache: the program sleeps meanwhile, and costs next to no processor time."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_DIRECT)
        self.block = mmap.mmap(-1, 8 << 20)

    def write(self):
        """Write the block, and wait until the disk has it."""
        os.pwritev(self.file, [self.block], 0)
        os.fdatasync(self.file)


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
    disk = Disk(args.file) if args.file else None
    received = 0
    while True:
        _, body = socket.recv_multipart()
        received += 1
        if body.startswith(b'end'):
            print('ended', received, flush=True)
        if disk:
            disk.write()
        if args.sleep:
            time.sleep(args.sleep)
        until = time.monotonic() + args.spin
        while time.monotonic() < until:
            pass


if __name__ == '__main__':
    main()
