"""fhirclient (PyPI, SMART) drives our FHIR door with its own strict models: what we serve must parse as R4."""

import socket

from fhirclient import server
from fhirclient.models import bundle, capabilitystatement, diagnosticreport, observation, patient

import running

SYSTEM = "https://fhir.example/ids"


class Bearer:
    """What fhirclient asks of whoever signs its requests."""

    def __init__(self, token):
        self.ready, self.token = True, token

    def can_sign_headers(self):
        return True

    def signed_headers(self, headers):
        return {**(headers or {}), "Authorization": f"Bearer {self.token}"}


class Application:
    """What fhirclient asks of an application that has been let in already."""

    def __init__(self):
        self.desired_scope, self.launch_token = "system/*.cruds", None

    def save_state(self):
        pass


with running.Record(running.arguments()) as record:
    token = record.run("token", "--data", record.data, "--role", "system").strip()
    door = server.FHIRServer(Application(), base_uri=f"http://{record.http}/fhir")
    door.auth = Bearer(token)

    # The models are strict: an element that R4 does not have, or a wrong type, is an exception.
    statement = capabilitystatement.CapabilityStatement.read_from("metadata", door)
    assert statement.fhirVersion == "4.0.1" and len(statement.rest[0].resource) > 100

    one = patient.Patient({
        "name": [{"family": "Tavul", "given": ["Ines"]}], "birthDate": "1984-02-29",
        "identifier": [{"system": SYSTEM, "value": "p-1"}]})
    made = one.create(door)
    assert made and made["id"], made
    read = patient.Patient.read(made["id"], door)
    assert read.name[0].family == "Tavul" and read.birthDate.isostring == "1984-02-29"
    read.gender = "female"
    assert read.update(door)["meta"]["versionId"] == "2"

    for number in range(7):
        result = observation.Observation({
            "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
            "subject": {"reference": f"Patient/{read.id}"}, "effectiveDateTime": f"2026-01-0{number + 1}",
            "valueQuantity": {"value": 4.25, "unit": "mmol/L"}})
        assert result.create(door)["id"]
    search = observation.Observation.where({"subject": f"Patient/{read.id}", "date": {"$and": ["ge2026-01-02", "lt2026-01-07"]}, "_count": "2"})
    found = search.perform_resources(door)
    assert len(found) == 5 and all(one.valueQuantity.value == 4.25 for one in found), found
    pages = list(search.perform_iter(door))
    assert [len(page.entry) for page in pages] == [2, 2, 1], pages
    with_patient = observation.Observation.where({"code": "2823-3", "_count": "50"}).include("subject").perform(door)
    kinds = sorted(entry.resource.resource_type for entry in with_patient.entry)
    assert kinds == ["Observation"] * 7 + ["Patient"], kinds
    everything = bundle.Bundle.read_from(f"Patient/{read.id}/$everything", door)
    assert len(everything.entry) == 8, everything.as_json()
    past = bundle.Bundle.read_from(f"Patient/{read.id}/_history", door)
    assert [entry.resource.meta.versionId for entry in past.entry] == ["2", "1"], past.as_json()

    # A report as a feed brings it, read by the same models.

    host, mllp = record.mllp.rsplit(":", 1)
    with socket.create_connection((host, int(mllp)), timeout=60) as sender:
        message = running.RESULT.format(control="FC-1", mrn="8001")
        sender.sendall(b"\x0b" + message.encode() + b"\x1c\x0d")
        assert b"MSA|AA|FC-1" in sender.recv(65536)
    reports = running.until("the report to be filed", lambda: diagnosticreport.DiagnosticReport.where(
        {"identifier": "F-FC-1"}).perform_resources(door))
    assert reports[0].status == "final" and reports[0].result, reports[0].as_json()
    value = observation.Observation.read_from(reports[0].result[0].reference, door)
    assert value.valueQuantity.value == 88, value.as_json()

    transaction = bundle.Bundle({"type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b",
         "resource": {"resourceType": "Patient", "name": [{"family": "Orvel"}]},
         "request": {"method": "POST", "url": "Patient", "ifNoneExist": f"identifier={SYSTEM}|none"}}]})
    answer = bundle.Bundle(door.post_json("", transaction.as_json()).json())
    assert answer.type == "transaction-response" and answer.entry[0].response.status.startswith("201")

    read.delete(door)
    try:
        patient.Patient.read(read.id, door)
        raise AssertionError("it was deleted")
    except Exception as gone:
        assert "410" in str(gone), gone
print("ok: fhirclient's models read what we serve; it creates, updates, searches by pages, transacts and deletes")
