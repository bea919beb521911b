"""Our reading of HL7 v2 beside hl7apy's: the same segments and the same leaves, or a difference that is explained in
docs/mapping/parser-differences.md. One that is not fails this test."""

import argparse
import collections
import decimal
import pathlib
import subprocess

from hl7apy.consts import VALIDATION_LEVEL
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
BEYOND = 10_000


def number(name):
    """`PID_5` → 5, `CX_4` → 4; None where hl7apy names no place: a plain type (`ST`), or more than the type has."""
    tail = (name or "").rsplit("_", 1)
    return int(tail[1]) if len(tail) == 2 and tail[1].isdigit() else None


def theirs(text):
    """Names of segments; and of each repetition (segment, field, repetition) its leaves in order, as they are written,
    each with its component and sub-component as far as they are named."""
    message = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
    names, said = [], collections.defaultdict(list)
    for at, segment in enumerate(message.children):
        names.append(segment.name)
        counted = collections.Counter()
        for field in segment.children:
            place = number(field.name)
            counted[place] += 1
            if at == 0 and place in (1, 2):
                continue
            for component in field.children:
                for leaf in component.children:
                    value = leaf.to_er7()
                    if value:
                        said[(at, place, counted[place])].append((number(component.name), number(leaf.name), value))
    return names, dict(said)


def ours(line):
    text, names, leaves = line.rstrip("\n").split("\t")
    text = bytes.fromhex(text).decode()
    if names == "-":
        return text, None
    said = collections.defaultdict(list)
    for leaf in leaves.split():
        place, value = leaf.split("=")
        segment, field, rep, component, sub = map(int, place.split("."))
        said[(segment, field, rep)].append((component, sub, bytes.fromhex(value).decode()))
    return text, ([bytes.fromhex(name).decode() for name in names.split(",")], dict(said))


def agree(us, them):
    """The same words in the same order, each at the same place where hl7apy names one."""
    return len(us) == len(them) and all(
        value == other and place in (None, component) and part in (None, sub)
        for (component, sub, value), (place, part, other) in zip(us, them))


def beyond(said, their_said):
    """Fields that hl7apy's tables do not know have no number there: what it has of them stands together, on both sides."""
    for segment in {at[0] for at in their_said if at[1] is None}:
        known = {at[1] for at in their_said if at[0] == segment}
        for side in (said, their_said):
            rest = sorted((at for at in side if at[0] == segment and (at[1] is None or at[1] not in known)),
                          key=lambda at: (at[1] or 0, at[2]))
            side[(segment, BEYOND, 1)] = [(None, None, leaf[2]) for at in rest for leaf in side.pop(at)]


def same_number(one, other):
    """`001` and `1`, `+4` and `4`; the same text too."""
    try:
        return one == other or decimal.Decimal(one.strip()) == decimal.Decimal(other.strip())
    except decimal.InvalidOperation:
        return False


def class_of(text, us, them):
    """The class of a difference, with the places; None when there is none."""
    if us is None or them is None:
        return None if us is them else ("we read what they refuse" if us else "they read what we refuse", [])
    header = text[text.find("MSH"):]
    odd = header[4:8] != USUAL or header[8:9] != header[3:4]
    (names, said), (their_names, their_said) = us, them
    beyond(said, their_said)
    if names != their_names:
        return ("MSH-2 is not the recommended four" if odd else "lines that begin no segment", [names, their_names])
    differ = [at for at in sorted(said.keys() | their_said.keys()) if not agree(said.get(at, []), their_said.get(at, []))]
    if not differ:
        return None
    shown = [(at, said.get(at), their_said.get(at)) for at in differ]
    if odd:
        return "MSH-2 is not the recommended four", shown
    sorts = [sort_of(names[at[0]], at[0], said.get(at, []), their_said.get(at, [])) for at in differ]
    if all(sorts):
        return sorts[0], shown
    words = [[value.strip() for at in differ for _, _, value in side.get(at, []) if value.strip()]
             for side in (said, their_said)]
    return ("the same words at other places" if words[0] == words[1] else "unexplained"), shown


def sort_of(name, segment, us, them):
    """The class of what differs at one place; None when it has none."""
    values = [leaf[2] for leaf in us + them]
    bare = [[leaf[2].strip() for leaf in side if leaf[2].strip()] for side in (us, them)]
    if any("\n" in value or "\r" in value for value in values):
        return "lines that begin no segment"
    if name in ("MSH", "BHS", "FHS") and segment > 0:
        return "a second header inside the message"
    if any("\\" in value for value in values):
        return "escapes"
    if bare[0] == bare[1]:
        return "blanks at an end, or alone"
    if len(bare[0]) == len(bare[1]) and all(map(same_number, *bare)):
        return "numbers that it writes anew"
    return None


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
        lines_of = text if "\r" in text else text.replace("\n", "\r")
        why = ""
        try:
            them = theirs(lines_of)
        except Exception as refused:  # noqa: BLE001: it refuses by many kinds of error, some of Python's own
            them, why = None, f"{type(refused).__name__}: {refused}"
        found = class_of(text, us, them)
        if found is None:
            continue
        name, shown = found
        counted[name] += 1
        example = f"{why or shown[:3]!r}\n{text!r}"
        if name not in examples or len(example) < len(examples[name]):
            examples[name] = example
    for name, count in sorted(counted.items()):
        print(f"{count:8}  {name}")
        if given.show or name == "unexplained":
            print("          " + examples[name][:1500])
    assert not counted["unexplained"], "a difference that nobody has explained"
    print(f"ok: {len(read)} messages read as hl7apy reads them, or with a difference that is explained")


main()
