#!/usr/bin/env python3
"""Runs a program whose stderr is a terminal that has gone away: every write to it fails with EIO.

hung_up.py PROGRAM ARGUMENT...

The program has a session of its own, so that it gets no SIGHUP. Ends with the program's exit code.
"""
import os
import pty
import subprocess
import sys

master, slave = pty.openpty()
os.close(master)
program = subprocess.Popen(sys.argv[1:], stderr=slave, start_new_session=True)
os.close(slave)
sys.exit(program.wait())
