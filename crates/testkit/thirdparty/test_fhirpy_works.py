"""fhirpy (PyPI) drives our FHIR door: create, read, conditional create and update, patch, searches page by page, delete."""

import fhirpy

import running

SYSTEM = "https://fhir.example/ids"
PATIENTS = 7


def refused(kind, action):
    """The outcome that a refusal brings."""
    try:
        action()
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} was expected")


with running.Record(running.arguments()) as record:
    token = record.run("token", "--data", record.data, "--role", "system").strip()
    client = fhirpy.SyncFHIRClient(f"http://{record.http}/fhir", authorization=f"Bearer {token}")

    statement = client.execute("metadata", method="get")
    assert statement["resourceType"] == "CapabilityStatement" and statement["fhirVersion"] == "4.0.1", statement

    # One at a time.
    patient = client.resource("Patient", name=[{"family": "Tavul", "given": ["Ines"]}], birthDate="1984-02-29",
                              identifier=[{"system": SYSTEM, "value": "p-0"}])
    patient.save()
    assert patient.id and patient["meta"]["versionId"] == "1", patient
    patient["gender"] = "female"
    patient.save()
    assert patient["meta"]["versionId"] == "2" and patient["gender"] == "female", patient
    patient.patch(active=True)
    again = client.reference("Patient", patient.id).to_resource()
    assert again["active"] is True and again["meta"]["versionId"] == "3", again
    assert again.is_valid(), "the server's own $validate accepts it"
    assert not client.resource("Patient", id=patient.id, gender="sideways").is_valid()

    # On a condition.
    twin = client.resource("Patient", identifier=[{"system": SYSTEM, "value": "p-0"}])
    found, was_made = client.resources("Patient").search(identifier=f"{SYSTEM}|p-0").get_or_create(twin)
    assert not was_made and found.id == patient.id, found
    for number in range(1, PATIENTS):
        one = client.resource("Patient", name=[{"family": "Tavul", "given": [f"No{number}"]}],
                              identifier=[{"system": SYSTEM, "value": f"p-{number}"}])
        made, was_made = client.resources("Patient").search(identifier=f"{SYSTEM}|p-{number}").get_or_create(one)
        assert was_made and made.id, made
    changed = client.resource("Patient", name=[{"family": "Tavul", "given": ["Once"]}],
                              identifier=[{"system": SYSTEM, "value": "p-1"}])
    updated, was_made = client.resources("Patient").search(identifier=f"{SYSTEM}|p-1").update(changed)
    assert not was_made and updated["name"][0]["given"] == ["Once"], updated
    patched = client.resources("Patient").search(identifier=f"{SYSTEM}|p-2").patch(gender="other")
    assert patched["gender"] == "other", patched

    # Results, and searches.
    for number in range(5):
        client.resource("Observation", status="final", subject=patient.to_reference(),
                        code={"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
                        effectiveDateTime=f"2026-01-0{number + 1}",
                        valueQuantity={"value": 4.0 + number / 10, "unit": "mmol/L"}).save()
    everybody = client.resources("Patient").search(family="Tavul").sort("identifier").limit(3)
    assert len(everybody.fetch()) == 3
    assert len(everybody.fetch_all()) == PATIENTS, "pages are followed to their end"
    assert len([one for one in everybody]) == PATIENTS
    assert client.resources("Patient").search(family="Tavul").count() == PATIENTS
    results = client.resources("Observation").search(patient=patient.id, date__ge="2026-01-03").sort("-date").fetch_all()
    assert [one["effectiveDateTime"] for one in results] == ["2026-01-05", "2026-01-04", "2026-01-03"], results
    chained = client.resources("Observation").search(patient__Patient__family="Tavul", code="2823-3").fetch_all()
    assert len(chained) == 5, chained
    bundle = client.resources("Observation").search(patient=patient.id).include("Observation", "subject").fetch_raw()
    assert sorted(entry["search"]["mode"] for entry in bundle["entry"]) == ["include"] + ["match"] * 5, bundle
    behind = client.resources("Patient").search(_id=patient.id).revinclude("Observation", "subject").fetch_raw()
    assert len(behind["entry"]) == 6, behind
    first = client.resources("Patient").search(identifier=f"{SYSTEM}|p-3").get()
    assert first["identifier"][0]["value"] == "p-3", first
    several = refused(fhirpy.base.exceptions.MultipleResourcesFound,
                      lambda: client.resources("Patient").search(family="Tavul").get())
    assert several

    # Everything of one, and its past.
    everything = client.execute(f"Patient/{patient.id}/$everything", method="get")
    kinds = sorted(entry["resource"]["resourceType"] for entry in everything["entry"])
    assert kinds == ["Observation"] * 5 + ["Patient"], kinds
    past = client.execute(f"Patient/{patient.id}/_history", method="get")
    assert [entry["resource"]["meta"]["versionId"] for entry in past["entry"]] == ["3", "2", "1"], past

    # A transaction.
    answer = client.execute("", method="post", data={"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
         "resource": {"resourceType": "Patient", "name": [{"family": "Orvel"}]},
         "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "weight"},
                      "subject": {"reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"}},
         "request": {"method": "POST", "url": "Observation"}}]})
    assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["201", "201"], answer
    tied = client.resources("Observation").search(patient__Patient__family="Orvel").fetch_all()
    assert len(tied) == 1, tied

    # Errors are outcomes that say what to write.
    missing = refused(fhirpy.base.exceptions.ResourceNotFound,
                      lambda: client.resources("Patient").search(_id="nobody").get())
    assert missing
    said = refused(fhirpy.base.exceptions.OperationOutcome,
                   lambda: client.resources("Patient").search(colour="red").fetch())
    assert "colour" in said, said
    doomed = client.resources("Patient").search(identifier=f"{SYSTEM}|p-6").get()
    doomed.delete()
    gone = refused(fhirpy.base.exceptions.ResourceNotFound, lambda: client.get("Patient", doomed.id))
    assert "deleted" in gone, gone
print("ok: fhirpy creates, changes, patches, searches page by page, transacts and deletes")
