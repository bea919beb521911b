"""A sender that is not ours (mllp_send of PyPI `hl7`) delivers a result, and it is read in the portal."""

import pathlib
import re
import subprocess
import sys

import running

given = running.arguments()
with running.Record(given) as record:
    message = record.path / "result.hl7"
    message.write_text(running.RESULT.format(control="HL7-1", mrn="7001"), encoding="utf-8", newline="")
    host, port = record.mllp.rsplit(":", 1)
    sender = pathlib.Path(sys.executable).with_name("mllp_send")
    command = [sender, "--loose", "--port", port, "--file", message, host]
    # Twice: the second is a repeat, and gets the first answer.
    answers = [subprocess.run(command, check=True, capture_output=True, timeout=60).stdout for _ in range(2)]
    assert b"MSA|AA|HL7-1" in answers[0], answers[0]
    assert answers[0] == answers[1], answers

    patient = running.until("the patient", lambda: record.found("Patient", identifier="7001"))
    assert len(patient) == 1, patient
    assert patient[0]["name"][0]["family"] == "Comeau", patient[0]
    assert patient[0]["name"][0]["given"][0] == "Éloïse", patient[0]
    reports = record.found("DiagnosticReport", patient=patient[0]["id"])
    assert len(reports) == 1, reports
    values = record.found("Observation", patient=patient[0]["id"], code="2160-0")
    assert [value["valueQuantity"]["value"] for value in values] == [88], values

    # What a doctor sees: found by health card, the result on its page, in English.
    look = record.sign_in(f"/person/{patient[0]['id']}/results")
    found = re.search(r"/person/([0-9a-z]+)", look("/search", typed={"q": "0041702816"}))
    assert found, "the search by health card leads to nobody"
    page = look(f"/person/{found[1]}/results")
    for words in ("Comeau", "Éloïse", "Creatinine", "88", "mol/L"):
        assert words.lower() in page.lower(), f"{words} is not on the page of results: {page}"

    counted = record.census()["messages"]
    assert (counted["accepted"], counted["filed"]) == (1, 1), counted
print("ok: a result sent by mllp_send is filed once, found by FHIR and read in the portal")
