"""An EMR that fetches report files by SFTP (OpenSSH's sshd and sftp) ends the delivery with its receipt file."""

import getpass
import pathlib
import shutil
import socket
import subprocess
import tempfile
import xml.etree.ElementTree as tree

import running

RESULTS = 2
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
NAMES = {"r": "urn:opor:report-delivery:1"}

DIRECTORY = """
[[place]]
id = "harbourview"
name = "Harbourview Clinic"
kind = "clinic"

[[endpoint]]
id = "harbourview-files"
place = "harbourview"
kind = "file-drop"
address = "{folder}"

[[practitioner]]
id = "p-example"
family = "Example"
given = "Robin"
numbers = [ {{ authority = "NSCPS", value = "019999" }} ]

[[role]]
practitioner = "p-example"
place = "harbourview"
role = "family-physician"
endpoint = "harbourview-files"
primary = true
from = "2020-01-01"
"""


def serve(work, folder):
    """sshd on a free loopback port that gives this user the folder and nothing else to do."""
    if getpass.getuser() == "root":
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = work / "sshd_config"
    settings.write_text("\n".join([
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {work}/host", f"AuthorizedKeysFile {work}/user.pub",
        "PidFile none", "StrictModes no", "UsePAM no", "PasswordAuthentication no", "PermitRootLogin yes",
        "Subsystem sftp internal-sftp", f"ForceCommand internal-sftp -d {folder}", ""]), encoding="utf-8")
    log = open(work / "sshd.log", "w", encoding="utf-8")
    return subprocess.Popen([SSHD, "-D", "-e", "-f", settings], stdout=log, stderr=log), port


def sftp(work, port, *commands):
    """One batch of an SFTP client; any command that fails ends it."""
    batch = work / "batch"
    batch.write_text("\n".join(commands) + "\n", encoding="utf-8")
    done = subprocess.run(
        ["sftp", "-q", "-P", str(port), "-i", work / "user", "-o", "StrictHostKeyChecking=no", "-o",
         "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-b", batch, f"{getpass.getuser()}@127.0.0.1"],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + (work / "sshd.log").read_text()
    return done.stdout


given = running.arguments()
if SSHD is None or shutil.which("sftp") is None:
    print("skipped: report files fetched by SFTP (needs Debian's openssh-server and openssh-client)")
    raise SystemExit(0)
with tempfile.TemporaryDirectory(dir=given.work) as name:
    work = pathlib.Path(name).resolve()
    folder = work / "emr"
    folder.mkdir()
    server, port = serve(work, folder)
    try:
        with running.Record(given, DIRECTORY.format(folder=folder)) as record:
            host, mllp = record.mllp.rsplit(":", 1)
            with socket.create_connection((host, int(mllp)), timeout=60) as sender:
                for number in range(RESULTS):
                    result = running.RESULT.format(control=f"SSH-{number}", mrn=f"800{number}")
                    sender.sendall(b"\x0b" + result.encode() + b"\x1c\x0d")
                    assert f"MSA|AA|SSH-{number}".encode() in sender.recv(65536)
            running.until("the files to lie there", lambda: len(list(folder.glob("reports/*.xml"))) == RESULTS)
            listed = sftp(work, port, "ls -1 reports").split()
            found = [line.rsplit("/", 1)[-1] for line in listed if line.endswith(".xml")]
            assert len(found) == RESULTS, listed
            numbers = set()
            for file in found:
                key = file.removesuffix(".xml")
                sftp(work, port, f"get reports/{file} {work}/{file}", f"rm reports/{file}")
                report = tree.parse(work / file).getroot()
                assert report.get("id") == key, report.attrib
                numbers.add(report.findtext("r:Report/r:PlacerNumber", namespaces=NAMES))
                result = report.find("r:Report/r:Result", NAMES)
                said = [result.findtext(f"r:{part}", namespaces=NAMES) for part in ("Value", "Unit", "ReferenceRange")]
                assert said == ["88", "umol/L", "45-90"], said
                assert report.findtext("r:Patient/r:GivenName", namespaces=NAMES) == "Éloïse Marie"
                receipt = work / f"{key}.txt"
                receipt.write_text(f"id: {key}\nstate: received\ntext: filed\n", encoding="utf-8")
                sftp(work, port, f"put {receipt} receipts/{key}.new", f"rename receipts/{key}.new receipts/{key}.txt")
            assert numbers == {f"P-SSH-{number}" for number in range(RESULTS)}, numbers
            books = running.until("every receipt in our books", lambda: (
                (due := record.census()["deliveries"])["acknowledged"] == RESULTS and due))
            assert books["due"] == RESULTS, books
    finally:
        server.terminate()
        server.wait(timeout=60)
print("ok: report files fetched by OpenSSH's sftp are acknowledged by its receipts, and the books say so")
