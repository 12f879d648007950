#!/usr/bin/env python3
"""Runs the model of the reference against another program, case after case in one process, and compares what both send.

A case is a line of JSON on stdin: {url, model, records: [file, file], rewritten}. The other program is to publish at
`url` once `{"ready": true}` is printed, and to wait for one subscriber; the model is run with the arguments `model`,
at an address of its own, and waits for its subscriber too. When both have ended, what compare.py finds between the two
records is printed on a line, and how many messages were `malformed`.
"""
import argparse
import json
import math
import pathlib
import queue
import sys
from concurrent.futures import ThreadPoolExecutor

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / 'bench' / 'peer'))
from compare import compare  # noqa: E402
from subscriber import Tally, connect, receive  # noqa: E402
import tcs_model  # noqa: E402

# It only bounds how long a failure takes.
LONG_SECONDS = 60
# The model's own address, and no wait but for its subscriber.
MODEL_ARGS = ['-u', 'tcp://127.0.0.1:*', '--hwm', '0', '--wait-setup', '0', '--linger', str(LONG_SECONDS)]


class XpubContext(zmq.Context):
    """A context whose PUB sockets tell of subscriptions."""

    def socket(self, socket_type, *args, **kwargs):
        return super().socket(zmq.XPUB if socket_type == zmq.PUB else socket_type, *args, **kwargs)


class AwaitedServer(tcs_model.ZMQServer):
    """The model's server, which begins when it has a subscriber."""

    endpoints = queue.Queue()

    def __init__(self, url, context=None, options=()):
        super().__init__(url, XpubContext(), options)
        self.endpoints.put(self.socket.LAST_ENDPOINT)
        if not self.socket.poll(1000 * LONG_SECONDS):
            raise TimeoutError('no subscriber came')
        self.socket.recv()


class NoStop:
    """What is never asked to stop."""

    deadline, came = math.inf, False


def record(socket, publishers, path):
    """Write down what comes until the publisher has ended. Returns how many messages were malformed."""
    limits = argparse.Namespace(count=-1, idle=LONG_SECONDS, timeout=LONG_SECONDS, stop_after=None, each=0)
    tally = Tally(None)
    with open(path, 'w', encoding='utf-8') as file:
        receive(socket, tally, limits, file, NoStop, publishers)
    publishers.close(socket)
    socket.close(0)
    return tally.malformed


def run_model(args):
    """Run the model as from its command line."""
    sys.argv = ['tcs_model.py', *args, *MODEL_ARGS]
    tcs_model.main()


def subscribed(context, url):
    """A socket that is connected, and its publisher."""
    socket = context.socket(zmq.SUB)
    socket.RCVHWM = 0
    return socket, connect(socket, [url])


def run(case, context, threads):
    """Run both programs. Returns what differs."""
    theirs, ours = case['records']
    of_program = threads.submit(record, *subscribed(context, case['url']), ours)
    print(json.dumps({'ready': True}), flush=True)
    model = threads.submit(run_model, case['model'])
    endpoint = AwaitedServer.endpoints.get(timeout=LONG_SECONDS)
    malformed = record(*subscribed(context, endpoint), theirs)
    model.result()
    malformed += of_program.result()
    return {**compare(theirs, ours, case['rewritten']), 'malformed': malformed}


def main():
    """Run the cases."""
    tcs_model.ZMQServer = AwaitedServer
    context = zmq.Context()
    with ThreadPoolExecutor() as threads:
        for line in sys.stdin:
            print(json.dumps(run(json.loads(line), context, threads)), flush=True)


if __name__ == '__main__':
    main()
