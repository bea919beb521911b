"""pyHanko signs and spoils the blank forms that opor prints; each file must get its verdict with its reason."""

import pathlib
import subprocess
import sys

from running import arguments

ROOT = pathlib.Path(__file__).resolve().parents[3]
FACTS = ROOT / "crates/clinical/testdata/forms/facts.json"
WHEN = "1795392000"  # 2026-11-23, within the certificates' time


def forms(*words):
    command = ["cargo", "run", "--quiet", "--package", "clinical", "--example", "forms", "--", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main():
    work = pathlib.Path(arguments().work).resolve() / "forms"
    blank, made = work / "blank", work / "made"
    for folder in (blank, made):
        folder.mkdir(parents=True, exist_ok=True)
    forms("print", FACTS, blank)
    maker = pathlib.Path(__file__).with_name("make_forms.py")
    subprocess.run([sys.executable, maker, blank, made], check=True)
    files = sorted(made.glob("*.pdf"))
    found = set(forms("judge", FACTS, made / "authority.der", WHEN, *files).splitlines())
    cases = (made / "cases.txt").read_text().splitlines()
    wanted = {line for line in cases if line and not line.startswith("#")}
    for line in sorted(found - wanted):
        print("wrong:", line)
    assert found == wanted, f"{len(found - wanted)} of {len(wanted)} files have another verdict"
    assert len(files) == len(wanted) >= 30
    print(f"pyHanko: {len(wanted)} forms, each with its verdict and its reason")


if __name__ == "__main__":
    main()
