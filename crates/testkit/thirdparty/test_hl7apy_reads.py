"""Our reading of HL7 v2 beside hl7apy's: the same segments and the same leaves, or a difference that is explained in
docs/mapping/parser-differences.md. One that is not fails this test."""

import argparse
import collections
import pathlib
import subprocess

from hl7apy import exceptions
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.parser import parse_message

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--opor", required=True, help="the binary; the example `parsers` is built beside it")
parser.add_argument("--work", required=True, help="not used: nothing is written")
parser.add_argument("--every", type=int, default=40, help="one in so many messages of the corpora (1 = all)")
parser.add_argument("--mutations", type=int, default=40, help="how many mutations of them")
parser.add_argument("--seed", type=int, default=1867)
parser.add_argument("--show", action="store_true", help="an example of every class")
given = parser.parse_args()

USUAL = "^~\\&"
TIMES = "one that it does not know stands apart from it as text"


def number(name):
    """`PID_5` → 5, `CX_4` → 4; a plain type (`ST`) is the only part of its field."""
    tail = (name or "").rsplit("_", 1)
    return int(tail[1]) if len(tail) == 2 and tail[1].isdigit() else 1


def theirs(text):
    """Names of segments, and leaves by (segment, field, repetition, component, sub-component), as they are written."""
    message = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
    names, leaves = [], {}
    for at, segment in enumerate(message.children):
        names.append(segment.name)
        counted = collections.Counter()
        for field in segment.children:
            place = number(field.name)
            counted[place] += 1
            if at == 0 and place <= 2:
                continue
            for component in field.children:
                for leaf in component.children:
                    value = leaf.to_er7()
                    if value:
                        leaves[(at, place, counted[place], number(component.name), number(leaf.name))] = value
    return names, leaves


def ours(line):
    text, names, leaves = line.rstrip("\n").split("\t")
    text = bytes.fromhex(text).decode()
    if names == "-":
        return text, None
    said = {}
    for leaf in leaves.split():
        place, value = leaf.split("=")
        said[tuple(map(int, place.split(".")))] = bytes.fromhex(value).decode()
    return text, ([bytes.fromhex(name).decode() for name in names.split(",")], said)


def class_of(text, us, them):
    """The class of a difference; None when there is none."""
    if us is None or them is None:
        return None if us is them else "we read what they refuse" if us else "they read what we refuse"
    if us == them:
        return None
    header = text[text.find("MSH"):]
    if header[4:8] != USUAL or header[8:9] != header[3:4]:
        return "MSH-2 is not the recommended four"
    names, leaves = us
    their_names, their_leaves = them
    if names != their_names:
        return "lines that begin no segment"
    differ = {at for at in leaves.keys() | their_leaves.keys() if leaves.get(at) != their_leaves.get(at)}
    values = [side[at] for at in differ for side in (leaves, their_leaves) if at in side]
    if any("\n" in value or "\r" in value for value in values):
        return "lines that begin no segment"
    if all(names[at[0]] in ("MSH", "BHS", "FHS") and at[0] > 0 for at in differ):
        return "a second header inside the message"
    flat = lambda side: "".join("".join(side[at].split()) for at in sorted(side) if at in differ)
    if all(not value.strip() for value in values):
        return "blanks alone"
    if any("\\" in value for value in values):
        return "escapes"
    if all(value.strip() in [one.strip() for one in values if one is not value] for value in values):
        return "control signs and blanks at an end"
    if flat(leaves) == flat(their_leaves):
        return "the same words under other places"
    return "unexplained"


def main():
    here = pathlib.Path(__file__).resolve().parents[3]
    corpora = here.parent / "shared" / "data"
    if not corpora.is_dir():
        print("skipped: ../shared not laid beside the project")
        return
    tool = pathlib.Path(given.opor).resolve().parent / "examples" / "parsers"
    command = [tool, corpora, str(given.mutations), str(given.seed), "leaves"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    messages = lines[:len(lines) - given.mutations]
    counted, examples = collections.Counter(), {}
    read = messages[::given.every] + lines[len(messages):]
    for line in read:
        text, us = ours(line)
        try:
            them = theirs(text)
        except (exceptions.HL7apyException, ValueError, KeyError, IndexError, AttributeError, TypeError) as refused:
            them = None
            why = f"{type(refused).__name__}: {refused}"
        found = class_of(text, us, them)
        if found == "we read what they refuse":
            examples.setdefault(found, why)
        if found:
            counted[found] += 1
            if len(text) < len(examples.get(found, "x" * 10**9)):
                examples[found] = text
                if us and them:
                    examples[found] += "\n" + repr([(at, us[1].get(at), them[1].get(at)) for at in sorted(us[1].keys() | them[1].keys()) if us[1].get(at) != them[1].get(at)][:6])
    for found, count in sorted(counted.items()):
        print(f"{count:8}  {found}")
        if given.show or found == "unexplained":
            print(f"          {examples[found]!r}"[:1500])
    assert not counted["unexplained"], "a difference that nobody has explained"
    print(f"ok: {len(read)} messages read as hl7apy reads them, or with a difference that is explained")


main()
