"""Mails of the record go to a relay of other people: aiosmtpd, over STARTTLS with a certificate and a secret."""

import datetime
import email
import email.policy
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from running import PATIENCE_SECONDS, arguments


class Box:
    """Takes mails: the first try of each is put off, an address that begins with `nobody` is refused."""

    def __init__(self):
        self.taken, self.refused, self.put_off, self.changed = [], [], set(), threading.Condition()

    async def handle_RCPT(self, server, session, envelope, address, options):
        with self.changed:
            if address.startswith("nobody"):
                self.refused.append(address)
                self.changed.notify_all()
                return "550 5.1.1 no such user"
            envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        assert session.ssl is not None and session.authenticated, "plain, or nobody signed in"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self.changed:
            if mail["Message-ID"] not in self.put_off:
                self.put_off.add(mail["Message-ID"])
                return "451 4.7.1 greylisted"
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, mail))
            self.changed.notify_all()
        return "250 2.0.0 kept"

    def wait(self, is_so):
        with self.changed:
            assert self.changed.wait_for(is_so, PATIENCE_SECONDS), (self.taken, self.refused)


def certificate(folder):
    """An authority for localhost, its key, and both as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "relay.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "relay.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "relay.pem", folder / "relay.key")
    return context


def main():
    given = arguments()
    with tempfile.TemporaryDirectory(dir=given.work) as name:
        folder = pathlib.Path(name)
        context, box = certificate(folder), Box()

        def signs_in(server, session, envelope, mechanism, data):
            return AuthResult(success=(data.login, data.password) == (b"opor", b"sesame"))

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(
            box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE_SECONDS, tls_context=context, require_starttls=True,
            authenticator=signs_in, auth_required=True, enable_SMTPUTF8=True)
        controller.start()
        (folder / "secret").write_text("sesame\n", encoding="utf-8")
        (folder / "opor.toml").write_text(
            f'data = "{folder}/data"\ndemo = true\nhttp = "127.0.0.1:0"\nmllp = "127.0.0.1:0"\n'
            f'[mail]\nhost = "localhost"\nport = {port}\nstarttls = true\nuser = "opor"\n'
            f'secret = "{folder}/secret"\nauthority = "{folder}/relay.pem"\nfrom = "Dossier né <no-reply@opor.example>"\n',
            encoding="utf-8")
        with open(folder / "log", "w", encoding="utf-8") as log:
            opor = subprocess.Popen(
                [pathlib.Path(given.opor).resolve(), "serve", "--config", folder / "opor.toml"],
                stdout=subprocess.PIPE, stderr=log, text=True)
            try:
                line = opor.stdout.readline()
                found = re.fullmatch(r"listening http=(\S+) mllp=(\S+)\n", line)
                assert found, (line, (folder / "log").read_text(encoding="utf-8"))

                def asks(address, tongue):
                    form = urllib.parse.urlencode({"address": address}).encode()
                    request = urllib.request.Request(
                        f"http://{found[1]}/join", form, headers={"Accept-Language": tongue})
                    urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()

                asks("nobody@harbour.example", "en")
                asks("bram@harbour.example", "fr")
                box.wait(lambda: box.refused and box.taken)
            finally:
                opor.terminate()
                opor.wait(timeout=PATIENCE_SECONDS)
        [(sender, recipients, mail)] = box.taken
        assert sender == "no-reply@opor.example" and recipients == ["bram@harbour.example"], (sender, recipients)
        assert mail["From"].addresses[0].display_name == "Dossier né", mail["From"]
        assert mail["Message-ID"].endswith("@opor.example>") and mail["Date"].datetime is not None
        assert re.search(r"\b\d{6}\b", mail.get_content()), mail.get_content()
        assert box.refused == ["nobody@harbour.example"], "a refused mail is not tried again"
        controller.stop()
    print("aiosmtpd took a mail over STARTTLS after it put it off once, and refused another once")


if __name__ == "__main__":
    main()
