"""A running record for tests with other people's HL7 software: start, ask, stop."""

import argparse
import http.cookiejar
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE_SECONDS = 60

RESULT = "\r".join([
    r"MSH|^~\&|LAB|QE2|OPOR|NS|20261122140500-0400||ORU^R01^ORU_R01|{control}|P|2.5.1|||||CAN|UNICODE UTF-8",
    "PID|1||{mrn}^^^QE2^MR~0041702816^^^NS^JHN||Comeau^Éloïse^Marie||19870430|F|||12 Rue du Quai^^Clare^NS^B0W1M0^CAN",
    "PV1|1|O|LAB",
    "ORC|RE|P-{control}|F-{control}",
    "OBR|1|P-{control}^OE|F-{control}^LAB|2160-0^Creatinine^LN|||20261122130000-0400|||||||||"
    "019999^Example^Robin^^^^^^NSCPS||||||20261122140000-0400||LAB|F",
    "OBX|1|NM|2160-0^Creatinine^LN||88|umol/L|45-90||||F|||20261122130000-0400",
    "",
])


def arguments():
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--opor", required=True, help="the binary")
    parser.add_argument("--work", required=True, help="folder for what this test writes")
    return parser.parse_args()


class Record:
    """`opor serve` on free ports with a data folder of its own."""

    def __init__(self, given, directory=""):
        self.opor = str(pathlib.Path(given.opor).resolve())
        self.folder = tempfile.TemporaryDirectory(dir=given.work)
        self.path = pathlib.Path(self.folder.name)
        self.data = self.path / "data"
        self.directory = self.path / "directory.toml"
        self.directory.write_text(directory, encoding="utf-8")

    def __enter__(self):
        self.log = open(self.path / "log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [self.opor, "serve", "--data", self.data, "--directory", self.directory, "--demo",
             "--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        ports = re.fullmatch(r"listening http=(\S+) mllp=(\S+)\n", line)
        if ports is None:
            self.process.kill()
            raise SystemExit(f"opor serve did not start; it said {line!r} and {(self.path / 'log').read_text()}")
        self.http, self.mllp = ports.groups()
        self.token = self.run("token", "--data", self.data).strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_SECONDS)
        self.log.close()
        self.folder.cleanup()

    def run(self, *command):
        return subprocess.run([self.opor, *map(str, command)], check=True, capture_output=True, text=True).stdout

    def census(self):
        counted = json.loads(self.run("census", "--data", self.data, "--json"))
        assert counted["balanced"], counted
        return counted

    def get(self, path, **query):
        """FHIR, as JSON."""
        address = f"http://{self.http}/fhir/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise SystemExit(f"{address}: {refused.code} {refused.read().decode()}") from refused

    def sign_in(self, allowed):
        """A portal session of the first persona who may open the page `allowed`."""
        address = f"http://{self.http}"
        with urllib.request.urlopen(f"{address}/sign-in", timeout=PATIENCE_SECONDS) as page:
            personas = re.findall(r'name="persona" value="([^"]+)"', page.read().decode())
        for persona in personas:
            cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
            browser = urllib.request.build_opener(cookies)
            browser.open(f"{address}/sign-in", urllib.parse.urlencode({"persona": persona, "back": "/"}).encode())

            def look(path, typed=None):
                """A page; with `typed`, what its form leads to: what is typed stands in no address."""
                with browser.open(address + path, timeout=PATIENCE_SECONDS) as answer:
                    page = answer.geturl() + answer.read().decode()
                if typed is None:
                    return page
                token = re.search(r'name="form" value="([^"]+)"', page)[1]
                form = urllib.parse.urlencode({"form": token, **typed}).encode()
                with browser.open(address + path, form, timeout=PATIENCE_SECONDS) as answer:
                    return answer.geturl() + answer.read().decode()

            try:
                look(allowed)
                return look
            except urllib.error.HTTPError:
                continue
        raise SystemExit(f"none of the personas {personas} may open {allowed}")

    def found(self, kind, **query):
        return [entry["resource"] for entry in self.get(kind, **query).get("entry", [])]


def until(what, look):
    """Asks again until `look` gives something, and says what was missed."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.05)
    raise SystemExit(f"not seen within {PATIENCE_SECONDS} s: {what}")
