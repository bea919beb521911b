"""A receiver that is not ours (MLLPServer of PyPI `hl7apy`) takes the delivery, and our books show its receipt."""

import socket
import threading

import running
from hl7apy.core import Message
from hl7apy.mllp import AbstractHandler, MLLPServer
from hl7apy.parser import parse_message

RECEIVED = []
RESULTS = 3


class Result(AbstractHandler):
    """Takes a result as a clinic's system would, with this library's own parser and builder."""

    def reply(self):
        message = parse_message(self.incoming_message, find_groups=False)
        RECEIVED.append(message)
        answer = Message("ACK", version="2.5.1")
        answer.msh.msh_9 = "ACK"
        answer.add_segment("MSA")
        answer.msa.msa_1 = "AA"
        answer.msa.msa_2 = message.msh.msh_10.to_er7()
        return answer.to_mllp()


DIRECTORY = """
[[place]]
id = "harbourview"
name = "Harbourview Clinic"
kind = "clinic"

[[endpoint]]
id = "harbourview-emr"
place = "harbourview"
kind = "mllp"
address = "127.0.0.1:{port}"

[[practitioner]]
id = "p-example"
family = "Example"
given = "Robin"
numbers = [ {{ authority = "NSCPS", value = "019999" }} ]

[[role]]
practitioner = "p-example"
place = "harbourview"
role = "family-physician"
endpoint = "harbourview-emr"
primary = true
from = "2020-01-01"
"""

given = running.arguments()
clinic = MLLPServer("127.0.0.1", 0, {"ORU^R01^ORU_R01": (Result,), "ORU^R01": (Result,)})
threading.Thread(target=clinic.serve_forever, daemon=True).start()
with running.Record(given, DIRECTORY.format(port=clinic.server_address[1])) as record:
    host, port = record.mllp.rsplit(":", 1)
    # This server closes each connection after its answer, so the deliveries show that we open another.
    for number in range(RESULTS):
        with socket.create_connection((host, int(port)), timeout=60) as sender:
            result = running.RESULT.format(control=f"APY-{number}", mrn="7002")
            sender.sendall(b"\x0b" + result.encode() + b"\x1c\x0d")
            assert f"MSA|AA|APY-{number}".encode() in sender.recv(65536)

    books = running.until("every receipt in our books", lambda: (
        (due := record.census()["deliveries"])["acknowledged"] == RESULTS and due))
    assert books["due"] == RESULTS, books

    def first(message, name):
        return next(segment for segment in message.children if segment.name == name)

    placers = list(dict.fromkeys(first(message, "OBR").obr_2.to_er7() for message in RECEIVED))
    assert placers == [f"P-APY-{number}^OE" for number in range(RESULTS)], placers
    assert all(first(message, "OBX").obx_5.to_er7() == "88" for message in RECEIVED)
    assert all("Éloïse" in first(message, "PID").to_er7() for message in RECEIVED)
clinic.shutdown()
print("ok: results delivered to hl7apy are acknowledged in order, and the books say so")
