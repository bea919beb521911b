// Two FHIR clients that others wrote (npm fhir-kit-client and @medplum/core) against the real binary. OPOR names it.
import { spawnSync } from "node:child_process";
import { Client } from "fhir-kit-client";
import { ClientStorage, MedplumClient, MemoryStorage } from "@medplum/core";
import { Live, OPOR, freePort } from "./live.mjs";

const failures = [];
let checks = 0;
const check = (what, is, because = "") => {
  checks += 1;
  if (!is) failures.push(`${what} ${typeof because === "string" ? because : JSON.stringify(because)}`);
};
/** The status of a refusal; 0 when there was none. */
const refusal = async (action) => {
  try {
    await action();
    return { status: 0, text: "" };
  } catch (error) {
    return { status: error.response?.status ?? error.outcome?.issue?.[0]?.code ?? -1, text: JSON.stringify(error.response?.data ?? error.outcome ?? String(error)) };
  }
};
const SYSTEM = "https://fhir.example/ids";
const result = (patient, day) => ({
  resourceType: "Observation",
  status: "final",
  code: { coding: [{ system: "http://loinc.org", code: "2823-3" }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: `2026-01-0${day}`,
  valueQuantity: { value: 4.1, unit: "mmol/L" },
});
const patient = (value, family) => ({ resourceType: "Patient", identifier: [{ system: SYSTEM, value }], name: [{ family }] });

async function kit(baseUrl, bearerToken) {
  const client = new Client({ baseUrl, bearerToken });
  const statement = await client.capabilityStatement();
  check("kit: the capability statement", statement.fhirVersion === "4.0.1");
  const made = await client.create({ resourceType: "Patient", body: patient("kit-1", "Tavul") });
  check("kit: create", made.id && made.meta.versionId === "1", made);
  const { response } = Client.httpFor(made);
  check("kit: create says 201 and where", response.status === 201 && response.headers.get("location").includes(made.id));
  const read = await client.read({ resourceType: "Patient", id: made.id });
  check("kit: read", read.name[0].family === "Tavul", read);
  const updated = await client.update({ resourceType: "Patient", id: made.id, body: { ...read, gender: "female" } });
  check("kit: update", updated.meta.versionId === "2", updated);
  const stale = await refusal(() =>
    client.update({ resourceType: "Patient", id: made.id, body: { ...read, gender: "male" }, options: { headers: { "If-Match": 'W/"1"' } } }),
  );
  check("kit: an update of an older version is refused", stale.status === 412, stale);
  const once = await client.update({ resourceType: "Patient", searchParams: { identifier: `${SYSTEM}|kit-1` }, body: patient("kit-1", "Tavul-Orne") });
  check("kit: update on a condition", once.id === made.id && once.meta.versionId === "3", once);
  const again = await client.create({ resourceType: "Patient", body: patient("kit-1", "Twice"), options: { headers: { "If-None-Exist": `identifier=${SYSTEM}|kit-1` } } });
  check("kit: create on a condition", again.id === made.id, again);
  const patched = await client.patch({ resourceType: "Patient", id: made.id, jsonPatch: [{ op: "add", path: "/birthDate", value: "1984-02-29" }] });
  check("kit: patch", patched.birthDate === "1984-02-29", patched);
  const first = await client.vread({ resourceType: "Patient", id: made.id, version: "1" });
  check("kit: vread", first.meta.versionId === "1" && !first.gender, first);

  for (const day of [1, 2, 3, 4, 5]) await client.create({ resourceType: "Observation", body: result(made.id, day) });
  let page = await client.search({ resourceType: "Observation", searchParams: { patient: made.id, _count: 2, _sort: "-date" } });
  const days = [];
  for (let n = 0; page && n < 10; n += 1) {
    days.push(...page.entry.map((entry) => entry.resource.effectiveDateTime));
    page = await client.nextPage({ bundle: page });
  }
  check("kit: a search page by page", days.join() === [5, 4, 3, 2, 1].map((day) => `2026-01-0${day}`).join(), days);
  const posted = await client.search({ resourceType: "Patient", searchParams: { family: "Tavul-Orne" }, options: { postSearch: true } });
  check("kit: a search in a form", posted.entry?.length === 1, posted);
  const within = await client.search({ resourceType: "Observation", compartment: { resourceType: "Patient", id: made.id }, searchParams: { code: "2823-3" } });
  check("kit: a search in a compartment", within.entry?.length === 5, within);
  const chained = await client.search({ resourceType: "Observation", searchParams: { "subject:Patient.family": "Tavul-Orne", _include: "Observation:subject" } });
  check("kit: chain and include", chained.entry?.length === 6, chained);
  const subject = await client.resolve({ reference: `Patient/${made.id}` });
  check("kit: a reference resolved", subject.id === made.id);

  const everything = await client.operation({ name: "$everything", resourceType: "Patient", id: made.id, method: "GET" });
  check("kit: $everything", everything.entry.length === 6, everything);
  const valid = await client.operation({ name: "validate", resourceType: "Patient", input: { resourceType: "Parameters", parameter: [{ name: "resource", resource: patient("x", "Y") }] } });
  check("kit: $validate", valid.resourceType === "OperationOutcome" && !valid.issue.some((issue) => issue.severity === "error"), valid);
  const wrong = await client.operation({ name: "validate", resourceType: "Patient", input: { resourceType: "Patient", gender: "sideways" } });
  check("kit: $validate names the path", wrong.issue.some((issue) => issue.severity === "error" && issue.expression?.[0] === "Patient.gender"), wrong);
  const past = await client.history({ resourceType: "Patient", id: made.id });
  check("kit: history of one", past.entry.length === 4, past);
  check("kit: history of a type", (await client.history({ resourceType: "Patient" })).entry.length >= 4);
  check("kit: history of everything", (await client.history()).entry.length >= 9);

  const entry = (method, url, resource, fullUrl) => ({ ...(fullUrl ? { fullUrl } : {}), ...(resource ? { resource } : {}), request: { method, url } });
  const urn = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0c";
  const transaction = await client.transaction({
    body: { resourceType: "Bundle", type: "transaction", entry: [entry("POST", "Patient", patient("kit-2", "Orvel"), urn), entry("POST", "Observation", { ...result("x", 6), subject: { reference: urn } })] },
  });
  check("kit: transaction", transaction.entry.every((one) => one.response.status.startsWith("201")), transaction);
  const batch = await client.batch({
    body: { resourceType: "Bundle", type: "batch", entry: [entry("GET", `Patient/${made.id}`), entry("GET", "Patient/nobody"), entry("GET", "Observation?subject:Patient.family=Orvel")] },
  });
  check("kit: batch", batch.entry.map((one) => one.response.status.slice(0, 3)).join() === "200,404,200" && batch.entry[2].resource.entry.length === 1, batch);
  await client.delete({ resourceType: "Patient", id: transaction.entry[0].response.location.match(/Patient\/([^/]+)/)[1] });
  const missing = await refusal(() => client.read({ resourceType: "Patient", id: "nobody" }));
  check("kit: what is not there is an outcome", missing.status === 404 && missing.text.includes("OperationOutcome"), missing);
  const unknown = await refusal(() => client.search({ resourceType: "Patient", searchParams: { colour: "red" } }));
  check("kit: an unknown parameter is told", unknown.status === 400 && unknown.text.includes("colour"), unknown);
}

async function medplum(baseUrl, token) {
  const client = new MedplumClient({ baseUrl: `${baseUrl}/`, fhirUrlPath: "", fetch, storage: new ClientStorage(new MemoryStorage()), cacheTime: 0 });
  client.setAccessToken(token);
  const made = await client.createResource(patient("med-1", "Sollen"));
  check("medplum: create", made.id && made.meta.versionId === "1", made);
  const again = await client.createResourceIfNoneExist(patient("med-1", "Twice"), `identifier=${SYSTEM}|med-1`);
  check("medplum: create on a condition", again.id === made.id, again);
  const updated = await client.updateResource({ ...made, gender: "female" });
  check("medplum: update", updated.meta.versionId === "2", updated);
  const upserted = await client.upsertResource({ ...patient("med-1", "Sollen"), active: true }, `identifier=${SYSTEM}|med-1`);
  check("medplum: upsert", upserted.id === made.id && upserted.active === true, upserted);
  const patched = await client.patchResource("Patient", made.id, [{ op: "test", path: "/active", value: true }, { op: "add", path: "/birthDate", value: "1990-01-01" }]);
  check("medplum: patch", patched.birthDate === "1990-01-01", patched);
  for (const day of [1, 2, 3, 4, 5]) await client.createResource(result(made.id, day));
  const found = await client.searchResources("Observation", { patient: made.id, date: "ge2026-01-02", _sort: "date" });
  check("medplum: search", found.length === 4 && found[0].effectiveDateTime === "2026-01-02", found);
  const pages = [];
  for await (const page of client.searchResourcePages("Observation", { patient: made.id, _count: "2" })) pages.push(page.length);
  check("medplum: page by page", pages.join() === "2,2,1", pages);
  const one = await client.searchOne("Patient", { identifier: `${SYSTEM}|med-1` });
  check("medplum: search for one", one?.id === made.id, one);
  const versions = await client.readHistory("Patient", made.id);
  check("medplum: history", versions.entry.length === 4, versions);
  const first = await client.readVersion("Patient", made.id, "1");
  check("medplum: vread", first.meta.versionId === "1", first);
  const everything = await client.readPatientEverything(made.id);
  check("medplum: $everything", everything.entry.length === 6, everything);
  const summary = await client.readPatientSummary(made.id);
  check("medplum: $summary", summary.type === "document", summary);
  const outcome = await client.validateResource(patient("x", "Y"));
  check("medplum: $validate", !outcome.issue.some((issue) => issue.severity === "error"), outcome);
  const batch = await client.executeBatch({
    resourceType: "Bundle",
    type: "transaction",
    entry: [{ resource: patient("med-2", "Sollen"), request: { method: "POST", url: "Patient", ifNoneExist: `identifier=${SYSTEM}|med-2` } }],
  });
  check("medplum: transaction", batch.entry[0].response.status.startsWith("201"), batch);
  await client.deleteResource("Observation", found[0].id);
  const gone = await refusal(() => client.readResource("Observation", found[0].id));
  check("medplum: what was deleted is told", gone.status !== 0, gone);
}

const port = await freePort();
const live = new Live(port, "");
await live.start();
try {
  const run = spawnSync(OPOR, ["token", "--data", live.data, "--role", "system"], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`opor token: ${run.stderr}`);
  const base = `http://127.0.0.1:${port}/fhir`;
  for (const [name, client] of Object.entries({ kit, medplum })) {
    try {
      await client(base, run.stdout.trim());
    } catch (error) {
      failures.push(`${name} stopped: ${error.stack} ${JSON.stringify(error.response?.data ?? error.outcome ?? "")}`);
    }
  }
} finally {
  await live.stop();
  live.remove();
}
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(failures.length === 0 ? `ok: fhir-kit-client and @medplum/core, ${checks} checks` : `${failures.length} of ${checks} checks failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
