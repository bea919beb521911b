// An EMR opens the portal by SMART App Launch in Chromium: its authorization server is one that others wrote (npm
// oidc-provider), its FHIR server a page of this script. OPOR names the binary.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Provider } from "oidc-provider";
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import { Live, freePort } from "./live.mjs";

const [port, emrPort] = [await freePort(), await freePort()];
process.env.BASE_URL = `http://localhost:${port}`;
const emr = `http://127.0.0.1:${emrPort}`;
const NS = "https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id";
const patient = (id, family, birthDate, value) => ({
  resourceType: "Patient",
  id,
  birthDate,
  name: [{ family, given: ["Ana"] }],
  identifier: [{ system: "urn:harbour:chart", value: "77" }, ...(value ? [{ system: NS, value }] : [])],
});
/** Patients of the EMR, by what it calls a launch. */
const patients = {
  tavul: patient("p-1", "Tavul", "1961-03-09", "0144679875"),
  other: patient("p-2", "Tavul", "1962-03-09", "0144679875"),
  bare: patient("p-3", "Tavul", "1961-03-09", ""),
};
const key = await generateKeyPair("RS256", { extractable: true });
const jwk = { ...(await exportJWK(key.privateKey)), kid: "k1", use: "sig", alg: "RS256" };
const SCOPES = ["openid", "launch", "fhirUser", "patient/Patient.read"];
const next = { launch: "", amr: ["pwd", "mfa"] };
const issued = new Set();
const reads = [];

const made = new Provider(emr, {
  clients: [{ client_id: "opor", client_secret: "a-secret-of-the-test", redirect_uris: [`http://localhost:${port}/launch/smart/back`], token_endpoint_auth_method: "client_secret_basic" }],
  scopes: SCOPES,
  extraParams: ["launch", "aud"],
  jwks: { keys: [jwk] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  cookies: { keys: ["test"] },
});
made.use(async (ctx, goOn) => {
  const json = (body) => {
    ctx.set("content-type", "application/fhir+json");
    ctx.body = JSON.stringify(body);
  };
  if (ctx.path === "/fhir/.well-known/smart-configuration") {
    return json({
      issuer: emr,
      jwks_uri: `${emr}/jwks`,
      authorization_endpoint: `${emr}/auth`,
      token_endpoint: `${emr}/token`,
      capabilities: ["launch-ehr", "client-confidential-symmetric", "sso-openid-connect", "context-ehr-patient", "permission-v1"],
      code_challenge_methods_supported: ["S256"],
    });
  }
  if (ctx.path.startsWith("/fhir/Patient/")) {
    const is = issued.has(ctx.get("authorization").replace(/^Bearer /, ""));
    reads.push(`${is} ${ctx.path}`);
    const found = Object.values(patients).find((one) => ctx.path.endsWith(`/${one.id}`));
    if (is && found) return json(found);
    ctx.status = 401;
    return undefined;
  }
  if (ctx.path === "/chart") {
    const links = Object.keys(patients).map((name) => `<p><a href="http://localhost:${port}/launch/smart?iss=${encodeURIComponent(`${emr}/fhir`)}&launch=${name}">${name}</a>`);
    ctx.type = "text/html";
    ctx.body = `<!doctype html><html lang="en"><title>EMR</title><h1>EMR</h1>${links.join("")}`;
    return undefined;
  }
  if (ctx.path.startsWith("/interaction/")) {
    const { params, prompt, grantId } = await made.interactionDetails(ctx.req, ctx.res);
    const grant = grantId ? await made.Grant.find(grantId) : new made.Grant({ accountId: "sam-7", clientId: params.client_id });
    grant.addOIDCScope(SCOPES.join(" "));
    const consent = { grantId: await grant.save() };
    const result = prompt.name === "login" ? { login: { accountId: "sam-7", amr: next.amr, remember: false }, consent } : { consent };
    return made.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
  }
  // Whoever has a session there is not asked again.
  if (ctx.path === "/auth") Object.assign(next, { launch: ctx.query.launch, aud: ctx.query.aud });
  await goOn();
  if (ctx.path === "/token" && ctx.body?.id_token) {
    issued.add(ctx.body.access_token);
    const claims = { ...decodeJwt(ctx.body.id_token), amr: next.amr, fhirUser: `${emr}/fhir/Practitioner/sam-tern` };
    ctx.body.id_token = await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(key.privateKey);
    Object.assign(ctx.body, { patient: patients[next.launch].id, need_patient_banner: false });
  }
  return undefined;
});
const server = await new Promise((resolve) => {
  const listening = made.listen(emrPort, "127.0.0.1", () => resolve(listening));
});

const secret = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "opor-secret-")), "secret");
fs.writeFileSync(secret, "a-secret-of-the-test\n");
const live = new Live(port, `[[sign_in.emr]]\nid = "harbour"\nname = "Harbour EMR"\naddress = "${emr}/fhir"\nissuer = "${emr}"\nclient_id = "opor"\nclient_secret_file = "${secret}"\n`);
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
const invitation = live.account("make", "--address", "sam.tern@clinic.example", "--name", "Tern, Sam", "--role", "family-doctor", "--practitioner", "p-tern", "--place", "harbourview", "--community");
await live.start();
process.env.MLLP = live.mllp;
const { BASE, OUT, browser, device, fail, finish, inspect, send, step } = await import("./support.mjs");

const check = (what, is, because = "") => is || fail("emr", `${what} ${because}`);
const press = (at, name) => at.getByRole("button", { name, exact: true }).click();
const follow = async (at, launch) => {
  await at.goto(`${emr}/chart`);
  await at.getByRole("link", { name: launch, exact: true }).click();
};
const isChart = (url) => url.origin === BASE && url.pathname.startsWith("/person/");
const result = [
  "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|EMR-1|P|2.5.1",
  "PID|1||00718264^^^HRH^MR~0144679875^^^CANNS^JHN||Tavul^Ana||19610309|F",
  "OBR|1|P1^HRH|A1^HRH|2823-3^Potassium^LN|||20261120090000|||||||||4471^Tern^Sam^^^^^^NSHBILL||||||20261120100000||CH|F",
  "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F",
].join("\r");

try {
  const answers = await send([result]);
  check("the result is accepted", answers.every((answer) => answer.includes("MSA|AA")), answers.join(" "));
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
  await at.waitForURL((url) => ["/", "/first-patient"].includes(url.pathname));

  await step("who is not tied is told so, ties it once, and comes to the patient", async () => {
    await follow(at, "tavul");
    await at.getByRole("heading", { name: "You are not signed in by your EMR" }).waitFor();
    check("the address is told to the EMR", next.aud === `${emr}/fhir`, next.aud);
    await inspect(at, "not tied to an EMR", { shot: "emr-unlinked" });
    await at.getByRole("link", { name: "Tie Harbour EMR" }).click();
    await at.getByText("Practitioner/sam-tern").waitFor();
    await inspect(at, "tie an EMR", { shot: "emr-tie" });
    await press(at, "Tie it and open the patient");
    await at.waitForURL(isChart);
    check("the chart is the patient's", (await at.content()).toUpperCase().includes("TAVUL"));
    check("the Patient was read once, with the token", reads.join() === "true /fhir/Patient/p-1", reads.join());
  });

  await step("from then on one press in the EMR signs in and opens the chart", async () => {
    const other = await browser.newContext({ locale: "fr-CA", viewport: { width: 390, height: 844 } });
    const there = await other.newPage();
    there.setDefaultTimeout(20_000);
    await follow(there, "tavul");
    await there.waitForURL(isChart);
    await inspect(there, "chart from an EMR, telephone, French", { shot: "emr-chart.fr.phone" });
    check("signed in as the holder of the account", (await there.content()).includes("Tern, Sam"));
    await follow(there, "other");
    await there.getByRole("heading", { name: "Le patient de votre DME n’est pas trouvé avec certitude" }).waitFor();
    await inspect(there, "another birth date, French", { shot: "emr-unsure.fr.phone" });
    await follow(there, "bare");
    await there.getByText("aucun numéro de carte santé").waitFor();
    await other.close();
  });

  await step("one step at the EMR signs nobody in; the patient waits for a sign-in here", async () => {
    next.amr = ["pwd"];
    const other = await browser.newContext({ locale: "en-CA", colorScheme: "dark", viewport: { width: 1440, height: 900 } });
    const there = await other.newPage();
    there.setDefaultTimeout(20_000);
    await follow(there, "tavul");
    await there.getByRole("heading", { name: "You are not signed in by your EMR" }).waitFor();
    await inspect(there, "one step at the EMR, dark", { shot: "emr-factor.dark" });
    await there.getByRole("link", { name: "Sign in and open the patient" }).click();
    await there.waitForURL((url) => url.pathname === "/sign-in");
    check("it leads on to the patient", new URL(there.url()).searchParams.get("back") === "/launch/go", there.url());
    const answer = await there.goto(`${BASE}/launch/smart?iss=http%3A%2F%2F127.0.0.1%3A9%2Ffhir&launch=x`);
    check("an EMR that is not listed is refused in words", answer.status() === 403 && (await there.content()).includes("emr-not-listed"), String(answer.status()));
    await inspect(there, "an EMR that is not listed, dark", { shot: "emr-unlisted.dark" });
    await other.close();
    next.amr = ["pwd", "mfa"];
  });
  const log = live.log;
  check("no token, code or patient is in the log", !/eyJ|code=|Bearer|0144679875/.test(log), log.match(/.*(eyJ|code=|Bearer|0144679875).*/)?.[0]);
} catch (error) {
  fail("emr", error.stack);
} finally {
  server.closeAllConnections();
  server.close();
  await live.stop();
  live.remove();
}
await finish();
console.log(`an EMR opens the portal in Chromium; pictures in ${OUT}`);
