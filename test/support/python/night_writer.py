#!/usr/bin/env python3
"""Writes a night with Python's sqlite3, as a recorder does: event by event, while others read it.

It creates the database, prints `ready`, and carries out one order a line, each of which it answers with `done`:
  write N        N events, each committed by itself
  together N     N events in one transaction
  in-parts N     N events, of which the row and each attribute are committed by themselves
  sql SQL        a statement
  open-end N     N events in a transaction that is not committed, and then nothing: it is to be killed
It ends with its input.
"""
import sqlite3
import sys


def main() -> None:
    path, journal_mode, index = sys.argv[1:4]
    db = sqlite3.connect(path, isolation_level=None, timeout=60)
    db.execute(f'PRAGMA journal_mode = {journal_mode}')
    db.execute('PRAGMA synchronous = OFF')
    db.execute('CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT NOT NULL, data_time REAL)')
    db.execute(
        'CREATE TABLE attribute (event_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, data_type TEXT NOT NULL)'
    )
    if index == 'index':
        db.execute('CREATE INDEX attribute_event_id ON attribute(event_id)')
    answer('ready')
    last = 0
    for line in sys.stdin:
        order, argument = line.rstrip('\n').split(' ', 1)
        if order == 'sql':
            db.execute(argument).fetchall()
        else:
            count = int(argument)
            if order in ('together', 'open-end'):
                db.execute('PRAGMA cache_size = 2')
                db.execute('BEGIN')
            for number in range(last + 1, last + count + 1):
                write(db, number, order == 'write')
            last += count
            if order == 'together':
                db.execute('COMMIT')
        answer('done')


def write(db: sqlite3.Connection, number: int, is_transaction: bool) -> None:
    time = 1521854100 + number / 100
    if is_transaction:
        db.execute('BEGIN')
    db.execute('INSERT INTO event VALUES (?, ?, ?)', (number, f'a.b.t{number % 5}', time))
    attributes = [
        ('__data_time', f'{time:.6f}', 'number'),
        ('__wire_time', f'{time + 0.001:.6f}', 'number'),
        ('number', str(number), 'number'),
        ('text', f'{number} ' + 'x' * (number % 700), 'string'),
        ('is_odd', 'true' if number % 2 else 'false', 'boolean'),
    ]
    for attribute in attributes:
        db.execute('INSERT INTO attribute VALUES (?, ?, ?, ?)', (number, *attribute))
    if is_transaction:
        db.execute('COMMIT')


def answer(word: str) -> None:
    print(word, flush=True)


if __name__ == '__main__':
    main()
