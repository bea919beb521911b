// npm fhirclient drives SMART App Launch in Chromium against the real binary: an app that was opened from a chart, and one
// that comes by itself; the page that asks the user, in both languages. OPOR names the binary.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import { Live, freePort } from "./live.mjs";

const require = createRequire(import.meta.url);
const fhirclient = fs.readFileSync(path.join(path.dirname(require.resolve("fhirclient/package.json")), "build/fhir-client.pure.min.js"));
const [port, appPort] = [await freePort(), await freePort()];
process.env.BASE_URL = `http://localhost:${port}`;
const app = `http://localhost:${appPort}`;
const live = new Live(port, "");
fs.writeFileSync(
  path.join(live.data, "directory.toml"),
  `[[place]]
id = "harbourview"
name = "Harbourview Clinic"
kind = "clinic"

[[practitioner]]
id = "p-tern"
family = "Tern"
given = "Sam"
numbers = [ { authority = "NSHBILL", value = "4471" } ]

[[role]]
practitioner = "p-tern"
place = "harbourview"
role = "family-doctor"
from = "2020-01-01"
`,
);
const opor = process.env.OPOR ?? path.join(import.meta.dirname, "../../target/debug/opor");
const command = (...words) => {
  const run = spawnSync(opor, words, { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`opor ${words.join(" ")}: ${run.stderr}`);
  return run.stdout;
};
const SCOPES = "launch launch/patient openid fhirUser online_access patient/Patient.rs patient/Observation.rs?category=laboratory user/Practitioner.rs";
const STANDALONE = "launch/patient openid fhirUser online_access patient/Patient.rs patient/Observation.rs?category=laboratory";
command("application", "add", "--data", live.data, "--id", "growth", "--name", "Growth chart", "--redirect", `${app}/`, "--launch", `${app}/launch`, "--scopes", SCOPES);
const invitation = live.account("make", "--address", "sam.tern@clinic.example", "--name", "Tern, Sam", "--role", "family-doctor", "--practitioner", "p-tern", "--place", "harbourview", "--community");
await live.start();
process.env.MLLP = live.mllp;
const { BASE, OUT, browser, device, fail, finish, inspect, send, step } = await import("./support.mjs");

// The app: two pages of another site, and the client as npm has it.
const page = (script) => `<!doctype html><html lang="en"><title>Growth chart</title><h1>Growth chart</h1><pre id="said"></pre><script src="/fhir-client.js"></script><script>${script}</script></html>`;
const LAUNCH = `FHIR.oauth2.authorize({ clientId: "growth", scope: ${JSON.stringify(SCOPES)}.replace("launch/patient ", ""), redirectUri: "${app}/" });`;
const ALONE = `FHIR.oauth2.authorize({ iss: "${BASE}/fhir", clientId: "growth", scope: ${JSON.stringify(STANDALONE)}, redirectUri: "${app}/" });`;
const BACK = `
const show = (what) => (document.getElementById("said").textContent = JSON.stringify(what));
FHIR.oauth2.ready().then(async (client) => {
  const patient = await client.patient.read();
  const labs = await client.request("Observation?category=laboratory&patient=" + client.patient.id, { flat: true });
  const whole = await client.request("Observation?patient=" + client.patient.id, { flat: true });
  const refused = await client.request("Condition?patient=" + client.patient.id).then(() => 200, (error) => error.status ?? error.statusCode ?? String(error));
  const others = await client.request("Patient?family=Quillon", { flat: true });
  const old = client.state.tokenResponse.access_token;
  await client.refresh();
  const again = await client.patient.read();
  show({ family: patient.name[0].family, labs: labs.length, whole: whole.length, refused, others: others.length, user: client.user.fhirUser, renewed: old !== client.state.tokenResponse.access_token, again: again.id === patient.id, scope: client.state.tokenResponse.scope });
}).catch((error) => show({ error: String(error) }));`;
const server = http.createServer((request, answer) => {
  const { pathname } = new URL(request.url, app);
  const [sort, body] = pathname === "/fhir-client.js" ? ["text/javascript", fhirclient] : ["text/html", page({ "/launch": LAUNCH, "/alone": ALONE }[pathname] ?? BACK)];
  answer.writeHead(200, { "content-type": sort }).end(body);
});
await new Promise((resolve) => server.listen(appPort, "127.0.0.1", resolve));

const check = (what, is, because = "") => is || fail("smart", `${what} ${because}`);
const press = (at, name) => at.getByRole("button", { name, exact: true }).click();
const said = async (at) => {
  await at.locator("#said:not(:empty)").waitFor();
  return JSON.parse(await at.locator("#said").textContent());
};
const result = (mrn, family, birth, n) =>
  [
    `MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|SMART-${n}|P|2.5.1`,
    `PID|1||${mrn}^^^HRH^MR||${family}^Ana||${birth}|F`,
    `OBR|1|P${n}^HRH|A${n}^HRH|2823-3^Potassium^LN|||20261120090000|||||||||4471^Tern^Sam^^^^^^NSHBILL||||||20261120100000||CH|F`,
    "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F",
  ].join("\r");

try {
  const answers = await send([result("00718264", "Tavul", "19610309", 1), result("00718299", "Quillon", "19840719", 2)]);
  check("results are accepted", answers.every((answer) => answer.includes("MSA|AA")), answers.join(" "));
  const context = await browser.newContext({ locale: "en-CA", viewport: { width: 1440, height: 900 } });
  const at = await context.newPage();
  at.setDefaultTimeout(20_000);
  at.on("pageerror", (error) => fail(at.url(), `script error: ${error.message}`));
  await device(at);
  await at.goto(`${BASE}${invitation}`);
  await at.getByLabel("Name of this device").fill("Work telephone");
  await press(at, "Make a passkey on this device");
  await at.waitForURL((url) => url.pathname === "/account/statements");
  await press(at, "I have read this and keep to it");
  // A first sign-in leads by the patient who does not exist.
  await at.waitForURL((url) => ["/", "/first-patient"].includes(url.pathname));

  await step("the app opens from a chart, asks once, and reads what it was let read", async () => {
    await at.goto(`${BASE}/search`);
    await at.locator("main input[name=q]").fill("Tavul, Ana 1961-03-09");
    await at.locator("main form[action='/search'] button").click();
    await at.getByRole("link", { name: /TAVUL|Tavul/ }).first().click();
    await at.waitForURL((url) => url.pathname.startsWith("/person/"));
    const person = new URL(at.url()).pathname.split("/")[2];
    await at.goto(`${BASE}/person/${person}/apps`);
    await inspect(at, "apps of a chart", { shot: "smart-open" });
    await press(at, "Open Growth chart");
    await at.waitForURL((url) => url.pathname === "/authorize");
    check("the patient of the chart is named", (await at.locator("section.person").textContent()).toUpperCase().includes("TAVUL"));
    check("plain words", (await at.content()).includes("laboratory results, of this patient"));
    await inspect(at, "consent", { shot: "smart-consent" });
    const asked = at.url();
    await press(at, "Let it in");
    await at.waitForURL((url) => url.origin === app && !url.searchParams.has("code"));
    const told = await said(at);
    const is = told.family?.toUpperCase() === "TAVUL" && told.labs === 1 && told.whole === 1 && told.refused === 403 && told.others === 0 && told.renewed && told.again;
    check("what the app says", is, JSON.stringify(told));
    check("who the user is", told.user === "Practitioner/p-tern", told.user);
    // The same launch again holds no more.
    const again = await at.goto(asked);
    check("a launch holds once", again.status() === 409, String(again.status()));
  });

  await step("the app comes by itself; the user chooses the patient, in French", async () => {
    await at.goto(`${BASE}/lang?to=fr&back=/`);
    await at.goto(`${app}/alone`);
    await at.waitForURL((url) => url.pathname === "/authorize");
    await inspect(at, "choice of the patient, French", { shot: "smart-choose.fr" });
    await at.locator("main input[name=q]").fill("Quillon, Ana 1984-07-19");
    await at.locator("main form[action='/authorize/patient'] button").first().click();
    await at.getByRole("button", { name: /^Choisir/ }).click();
    await at.getByRole("button", { name: "La laisser entrer", exact: true }).waitFor();
    await inspect(at, "consent, French", { shot: "smart-consent.fr" });
    await press(at, "Ne pas la laisser entrer");
    await at.waitForURL((url) => url.origin === app);
    check("a no is told", (await said(at)).error?.includes("access_denied") || (await at.content()).includes("said no"), await at.locator("#said").textContent());
    await at.goto(`${app}/alone`);
    await at.waitForURL((url) => url.pathname === "/authorize");
    await at.locator("main input[name=q]").fill("Quillon, Ana 1984-07-19");
    await at.locator("main form[action='/authorize/patient'] button").first().click();
    await at.getByRole("button", { name: /^Choisir/ }).click();
    await at.getByRole("button", { name: "La laisser entrer", exact: true }).click();
    await at.waitForURL((url) => url.origin === app && !url.searchParams.has("code"));
    const told = await said(at);
    check("the chosen patient", told.family?.toUpperCase() === "QUILLON" && told.labs === 1, JSON.stringify(told));
  });

  await step("what was let in is listed and taken back", async () => {
    await at.goto(`${BASE}/lang?to=en&back=/apps`);
    await inspect(at, "one's own apps", { shot: "smart-own" });
    const before = await at.getByRole("button", { name: "Take it back" }).count();
    check("both are listed", before === 2, String(before));
    await at.getByRole("button", { name: "Take it back" }).first().click();
    await at.waitForURL(`${BASE}/apps`);
    check("one is left", (await at.getByRole("button", { name: "Take it back" }).count()) === 1);
  });
} catch (error) {
  fail("smart", error.stack);
} finally {
  server.closeAllConnections();
  server.close();
  await live.stop();
  live.remove();
}
await finish();
console.log(`fhirclient launches in Chromium; pictures in ${OUT}`);
