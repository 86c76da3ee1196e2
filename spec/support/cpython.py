"""What CPython says of times and of bytes: the judge of the time stamp and of the reply named `python`.

    python3 spec/support/cpython.py ctime > spec/handlers/ctime-vectors.json
    python3 spec/support/cpython.py repr > spec/handlers/python-repr-vectors.json

make the golden vectors again; `answer` answers the questions on its standard input.
"""

import calendar
import json
import os
import sys
import time

DAY = 86_400


def ctimes(zone, seconds):
    os.environ["TZ"] = zone
    time.tzset()
    return {str(each): time.ctime(each) for each in seconds}


def around(*instant):
    """The seconds on both sides of a change of the clocks, with the hour before and the hour after."""
    change = calendar.timegm((*instant, 0, 0))
    return [change - 3_600, change - 1, change, change + 3_599, change + 3_600]


def ctime_vectors():
    leap_year = [calendar.timegm((2024, 1, 1, 6, 4, 0)) + day * (DAY + 61) for day in range(366)]
    extremes = [-300_000_000, -86_401, -1, 0, 1, 951_826_000, 2**31 - 1, 2**31, 2**32, 7_258_118_400]
    changes = {
        "UTC": leap_year,
        "Europe/Berlin": around(2026, 3, 29, 1) + around(2026, 10, 25, 1),
        "America/New_York": around(2026, 3, 8, 7) + around(2026, 11, 1, 6),
        "Pacific/Chatham": around(2026, 4, 4, 14) + around(2026, 9, 26, 14),
        "Asia/Kolkata": around(2026, 1, 31, 18),
        "Asia/Kathmandu": around(2026, 2, 28, 18),
    }
    return {zone: ctimes(zone, sorted(instants + extremes)) for zone, instants in changes.items()}


def reprs(items):
    return {item: repr(bytes.fromhex(item)) for item in items}


def repr_vectors():
    words = [
        b"",
        b"Hello network world\x00\xff'\"",
        b"it's",
        b'say "hi"',
        b"'\"",
        b"\"'",
        b"''",
        b'""',
        b"'\\'",
        b'"\\"',
        b"'\\\"",
        b"\\",
        b"\\\\",
        b"\\n",
        b"\\'",
        b'\\"',
        b"\\x00",
        b"'\n\t\r",
        b'"\n\t\r',
        b"\r\n",
        b"\x00\x01\x1f\x20\x7e\x7f\x80\xff",
        b"\x07\x08\x0b\x0c\x1b",
        b"${data} {time} %s",
        "zażółć 🐍 'ß'".encode(),
        bytes(range(256)),
        bytes(byte for byte in range(256) if byte != ord('"')),
        bytes(byte for byte in range(256) if byte != ord("'")),
    ]
    singles = [bytes([byte]) for byte in range(256)]
    return reprs([each.hex() for each in singles + words])


def answer(questions):
    return {
        "ctimes": {zone: ctimes(zone, seconds) for zone, seconds in questions.get("ctimes", {}).items()},
        "reprs": reprs(questions.get("reprs", [])),
        "knowsZones": hasattr(time, "tzset") and ctimes("Asia/Kathmandu", [0])["0"].endswith("05:30:00 1970"),
    }


made = {"ctime": ctime_vectors, "repr": repr_vectors, "answer": lambda: answer(json.load(sys.stdin))}
print(json.dumps(made[sys.argv[1]](), indent=2))
