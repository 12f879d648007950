#!/usr/bin/env python3
"""The model of the reference, but that each of its sleeps is longer by 20 ms: for tests that this is noticed."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / 'bench' / 'peer'))
import tcs_model  # noqa: E402

sleep = time.sleep
time.sleep = lambda seconds: sleep(seconds + 0.02)

if __name__ == '__main__':
    tcs_model.main()
