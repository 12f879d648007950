#!/usr/bin/env python3
"""A proxy: it connects to a publisher, and subscribers connect to it.

Arguments: the address of the publisher, and the one that subscribers connect to. Prints `ready` once that is there.
"""
import sys

import zmq

context = zmq.Context()
front, back = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
for each in front, back:
    each.RCVHWM = each.SNDHWM = 0
front.connect(sys.argv[1])
back.bind(sys.argv[2])
print('ready', flush=True)
zmq.proxy(front, back)
