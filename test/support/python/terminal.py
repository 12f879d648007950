#!/usr/bin/env python3
"""A terminal with a shell's job control for the tests: runs a program in a real pseudo-terminal.

terminal.py COLUMNS ROWS PROGRAM ARGUMENT...

Reads lines of JSON: {"type": TEXT} types, {"resize": [COLUMNS, ROWS]} resizes, {"signal": NAME} sends a signal to the
program, {"continue": true} brings the suspended program to the foreground again. Writes lines of JSON: {"output": TEXT}
as it comes, {"stopped": true, "restored": BOOL} when the program was suspended, and at last {"code": CODE,
"restored": BOOL}. "restored" says whether the terminal's modes are what they were before the program started; "code" is
negative where a signal ended it.
"""
import codecs
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def report(**what):
    """Writes a line at once, and in one piece: two processes do."""
    os.write(1, (json.dumps(what) + "\n").encode())


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def shell(command, slave, orders):
    """The session's leader: has the program in the foreground, and notices when it is suspended."""
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    modes = termios.tcgetattr(slave)
    ready, go = os.pipe()
    program = os.fork()
    if program == 0:
        os.setpgid(0, 0)
        os.read(ready, 1)
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.closerange(3, 64)
        os.execvp(command[0], command)
    os.setpgid(program, program)
    os.tcsetpgrp(slave, program)
    os.write(go, b"g")
    while True:
        order = os.waitpid(program, os.WUNTRACED)[1]
        restored = termios.tcgetattr(slave) == modes
        if not os.WIFSTOPPED(order):
            return report(code=os.waitstatus_to_exitcode(order), restored=restored)
        os.tcsetpgrp(slave, os.getpgrp())
        report(stopped=True, restored=restored)
        if os.read(orders, 1) == b"":
            os.killpg(program, signal.SIGKILL)
            continue
        os.tcsetpgrp(slave, program)
        os.killpg(program, signal.SIGCONT)


def main():
    columns, rows, *command = sys.argv[1:]
    master, slave = pty.openpty()
    resize(master, int(columns), int(rows))
    orders, give = os.pipe()
    leader = os.fork()
    if leader == 0:
        os.close(master)
        os.close(give)
        shell(command, slave, orders)
        os._exit(0)
    os.close(slave)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    typed = b""
    sources = [master, 0]
    while master in sources:
        for source in select.select(sources, [], [])[0]:
            try:
                data = os.read(source, 65536)
            except OSError:  # Everybody has closed the terminal.
                data = b""
            if data == b"":
                sources.remove(source)
                if source == 0:
                    os.kill(leader, signal.SIGHUP)
            elif source == master:
                report(output=decoder.decode(data))
            else:
                *lines, typed = (typed + data).split(b"\n")
                for line in lines:
                    order = json.loads(line)
                    if "type" in order:
                        os.write(master, order["type"].encode())
                    if "resize" in order:
                        resize(master, *order["resize"])
                    if "signal" in order:
                        group = struct.unpack("i", fcntl.ioctl(master, termios.TIOCGPGRP, b"\0" * 4))[0]
                        os.killpg(group, signal.Signals[order["signal"]])
                    if "continue" in order:
                        os.write(give, b"c")
    os.close(give)
    os.waitpid(leader, 0)


main()
