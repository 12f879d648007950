#!/usr/bin/env python3
"""Compares two records of subscriber.py, message for message, as exactly as JSON can be compared.

Equal are: the topics; the keys and their order, duplicates included; strings; true, false, null; numbers of
the same value, an integer's value being exact at any size and a fraction's that of the double it stands for
(so 1 equals 1.0, and 9007199254740993 does not equal 9007199254740992.0). Prints one line of JSON:
{equal, messages: [a, b], differences: [...the first few...], worstTimeError}; exits 0 when equal, else 1.

With --rewritten, the numbers under `__data_time` and `__wire_time` are compared by their distance from the
first such number of their own record, since two runs never start at the same moment.
"""
import argparse
import itertools
import json
import math
import sys

TIME_KEYS = ('__data_time', '__wire_time')
sys.set_int_max_str_digits(0)


def parse_float(text):
    """A fraction as the double it stands for."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(f'{text} is beyond the range of a double')
    return number


def refuse_constant(text):
    """JSON has no such thing, though Python's reader takes it."""
    raise ValueError(f'{text} is not JSON')


def pairs(text):
    """The (key, value) pairs of a flat object, in order."""
    parsed = json.loads(text, object_pairs_hook=list, parse_float=parse_float, parse_constant=refuse_constant)
    if not text.startswith('{'):
        raise ValueError('not an object')
    return parsed


def is_number(value):
    """Whether a value is a number; Python's bool is an int, JSON's is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(a, b):
    """Whether two values are the same to a reader of the JSON."""
    if is_number(a) and is_number(b):
        return a == b
    return type(a) is type(b) and a == b


def shorten(value, length=120):
    """A value for a person to read."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= length else f'{text[:length]}… ({len(text)} characters)'


def is_clock_time(value):
    """Whether a value can be a rewritten time: 400 digits are a number, and none that a double can hold."""
    return is_number(value) and abs(value) < 1e11


def first_time(records):
    """The first rewritten time of a record, and where it stands: it is the one that lies near the receipt."""
    for index, (_, payload, received_at) in enumerate(records):
        try:
            flat = pairs(payload)
        except ValueError:
            continue  # reported where it is compared
        for key, value in flat:
            if key in TIME_KEYS and is_clock_time(value) and abs(value - received_at) < 3600:
                return index, key, value
    return None, None, 0


class Comparison:
    """Compares message after message and keeps what differs."""

    def __init__(self, tolerance_seconds=None, origins=(0, 0)):
        self.tolerance_seconds = tolerance_seconds
        self.origins = origins
        self.worst_time_error = 0

    def payload_differences(self, a, b):
        """Texts that say how the payload b differs from a."""
        keys_a, keys_b = [key for key, _ in a], [key for key, _ in b]
        if keys_a != keys_b:
            return [f'keys {shorten(keys_a, 400)} became {shorten(keys_b, 400)}']
        return [
            f'{shorten(key)}: {shorten(x)} became {shorten(y)}'
            for (key, x), (_, y) in zip(a, b)
            if not (same(x, y) or self.same_time(key, x, y))
        ]

    def same_time(self, key, a, b):
        """Whether two rewritten times lie equally far behind the origins of their records."""
        if self.tolerance_seconds is None or key not in TIME_KEYS:
            return False
        if not (is_clock_time(a) and is_clock_time(b)):
            return False
        error = abs((a - self.origins[0]) - (b - self.origins[1]))
        self.worst_time_error = max(self.worst_time_error, error)
        return error <= self.tolerance_seconds

    def message_differences(self, a, b):
        """Texts that say how the message b differs from a."""
        if a is None or b is None:
            return ['only the second has it'] if a is None else ['only the first has it']
        differences = [] if a[0] == b[0] else [f'topic {shorten(a[0])} became {shorten(b[0])}']
        try:
            return differences + self.payload_differences(pairs(a[1]), pairs(b[1]))
        except ValueError as error:
            return differences + [f'no JSON: {error}']


def read(path):
    """The messages of a record."""
    with open(path, encoding='utf-8') as file:
        return [json.loads(line) for line in file]


# Of rewritten times: 2 us, and what a double resolves of a time today.
TOLERANCE_SECONDS = 2.5e-6


def compare(path_a, path_b, rewritten=False, tolerance=TOLERANCE_SECONDS, limit=10):
    """What differs between two records: what is printed."""
    a, b = read(path_a), read(path_b)
    differences = []
    comparison = Comparison()
    if rewritten:
        origin_a, origin_b = first_time(a), first_time(b)
        if origin_a[:2] != origin_b[:2] or origin_a[0] is None:
            differences.append({'index': origin_b[0], 'what': f'first time {origin_a} became {origin_b}'})
        comparison = Comparison(tolerance, (origin_a[2], origin_b[2]))
    for index, (x, y) in enumerate(itertools.zip_longest(a, b)):
        found = comparison.message_differences(x, y)
        if found:
            topic, event, _ = (text[:120] if isinstance(text, str) else text for text in x or y)
            what = '; '.join(found)[:500]
            differences.append({'index': index, 'topic': topic, 'event': event, 'what': what})
    return {
        'equal': not differences, 'messages': [len(a), len(b)], 'differing': len(differences),
        'worstTimeError': comparison.worst_time_error, 'differences': differences[:limit],
    }


def main():
    """Compare the two files of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('a')
    parser.add_argument('b')
    parser.add_argument('--rewritten', action='store_true', help='the times were rewritten')
    parser.add_argument('--tolerance', type=float, default=TOLERANCE_SECONDS, metavar='SECONDS',
                        help='of rewritten times')
    parser.add_argument('--limit', type=int, default=10, help='differences to print')
    args = parser.parse_args()
    found = compare(args.a, args.b, args.rewritten, args.tolerance, args.limit)
    print(json.dumps(found))
    return 0 if found['equal'] else 1


if __name__ == '__main__':
    sys.exit(main())
