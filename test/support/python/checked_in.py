#!/usr/bin/env python3
"""A subscriber that checks in with docs/examples/check_in.py: checked_in.py URL CHECK_IN_URL NAME COUNT."""
import pathlib
import sys

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / 'docs' / 'examples'))
from check_in import CheckIn  # noqa: E402

url, check_in_url, name, count = sys.argv[1:]
check_in = CheckIn(name, check_in_url)
socket = zmq.Context.instance().socket(zmq.SUB)
socket.subscribe('')
socket.connect(url)
for _ in range(int(count)):
    topic, body = socket.recv_multipart()
    check_in.seen(body)
check_in.close()
socket.close(0)
