// Journey 2.6 to its end, on a record that people sign in to by proof: from the application to the first sign-in by a
// passkey of Chromium's virtual authenticator, to the first look-up of a patient; then what the enrolment desk does with
// the access. The same on paper, with forms that pyHanko signs and a maildir brings, where PYTHON names a Python that has it.
// OPOR names the binary.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { Live, freePort } from "./live.mjs";

const port = await freePort();
process.env.BASE_URL = `http://localhost:${port}`;
const files = fs.mkdtempSync(path.join(os.tmpdir(), "opor-registers-"));
const file = (name, text) => {
  fs.writeFileSync(path.join(files, name), text);
  return path.join(files, name);
};
const licences = file(
  "licences.csv",
  "regulator,licence,family,status,until,given,place,call_back\n" +
    "NSPR,P-1001,Plaice,active,,Nora,Harbourview Clinic,902 555 0171\n" +
    "NSPR,P-1004,Smelt,active,,Ines,Harbourview Clinic,902 555 0174\n" +
    "NSPR,P-1010,Curlew,active,,Mara,Harbourview Clinic,902 555 0178\n",
);
const administrators = file("administrators.csv", 'place,name,email\nharbourview,"Gull, Éva",eva.gull@harbourview.example\nharbourview,"Rail, Otto",otto.rail@harbourview.example\n');
/** Signs with pyHanko, or makes the authority that is believed. */
const PYTHON = process.env.PYTHON;
const python = (...words) => {
  const script = path.join(import.meta.dirname, "../../crates/testkit/thirdparty/sign_form.py");
  const run = spawnSync(PYTHON, [script, ...words], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`sign_form.py: ${run.stderr}`);
};
let mailbox = "";
if (PYTHON) {
  python("authority", files);
  mailbox = `\n[mailbox]\nfolder = "${files}/mails"\nserver = "mx.opor.example"\nsigners = "${files}/authority.pem"\n`;
}
const live = new Live(port, `\n[registers]\nlicences = "${licences}"\nadministrators = "${administrators}"\n${mailbox}`);
const desk = live.account("make", "--address", "pia.heron@enrolment.example", "--name", "Heron, Pia", "--role", "coordinator");
await live.start();
process.env.MLLP = live.mllp;
const { BASE, device, fail, finish, inspect, reader, send, step } = await import("./support.mjs");
const { Applicant, WHO } = await import("./applicant.mjs");

/** Minutes from the workplace's yes to the first look-up at most (JOURNEYS 2.6, the bar). */
const FIRST_LOOK_MINUTES = 5;
const MAKE = { en: "Make a passkey on this device", fr: "Créer une clé d’accès sur cet appareil" };
/** What is right with the person who does not exist, step by step. */
const SAFELY = [2, 1, 1, 3];
const USE = { en: "Sign in with a passkey", fr: "Se connecter avec une clé d’accès" };
const READ = { en: "I have read this and keep to it", fr: "Je l’ai lu et je m’y tiens" };
const press = (page, name) => page.getByRole("button", { name }).click();
const check = (what, is) => is || fail("first look", what);
const until = async (what, is) => {
  for (let n = 0; n < 200; n += 1) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`never came: ${what}`);
};

const PATIENTS = { en: ["Tavul", "1961-03-09"], fr: ["Quillon", "1984-07-19"] };
const day = (date) => date.replaceAll("-", "");
const answers = await send(
  Object.values(PATIENTS).map(([family, born], n) =>
    [
      `MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|LOOK-${n}|P|2.5.1`,
      `PID|1||70000${n}^^^HRH^MR||${family}^Ana^^^^^L||${day(born)}|F`,
      `ORC|RE|O${n}|F${n}`,
      `OBR|1|O${n}|F${n}|2823-3^Potassium^LN|||20261120090000-0400||||||||||||||||20261120093000-0400||CH|F`,
      "OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20261120090000-0400",
      "",
    ].join("\r"),
  ),
);
check("the messages are taken", answers.every((answer) => /MSA\|[AC]A/.test(answer)));

const coordinator = await reader();

/** The desk verifies, then the workplace says yes: the account is made at once. Gives the application's page. */
async function letThrough(who, lang) {
  const { page } = coordinator;
  await page.goto(`${BASE}/applications`);
  await page.locator(`main a:has-text("${who.family}")`).first().click();
  await page.locator("form[action$=verify] [name=method][value=call-back]").check();
  await page.locator("form[action$=verify] [name=evidence]").fill("She answered and named her licence");
  await page.locator("form[action$=verify] button").click();
  await page.waitForURL(/done=yes/);
  const manager = await reader({ lang });
  const asked = await live.mailed("eva.gull@harbourview.example", new RegExp(`${who.family}[^]*?/join/yes/\\S+`));
  await manager.page.goto(BASE + asked.match(/\/join\/yes\/\S+/)[0]);
  await manager.page.locator("[name=answer][value=yes]").click();
  await manager.page.locator(".note.ok").waitFor();
  await manager.context.close();
  return new URL(page.url()).pathname;
}

/** The invitation from the mail, a passkey, in; then a patient by name and birth date, with a reason: nothing on file ties
 * them to each other yet. What was read in the application is not asked again. Gives the invitation. */
async function lookFirst(page, lang, applicant, { shot = false }) {
  const tag = lang === "fr" ? ".fr" : "";
  const picture = (name) => inspect(page, `${name}${tag}`, { shot: shot ? `${name}${tag}` : undefined });
  const invitation = (await live.mailed(applicant.address, /\/sign-in\/invited\/\S+/)).trim();
  await page.goto(`${BASE}${invitation}`);
  await applicant.click(page.getByRole("button", { name: MAKE[lang] }));
  await page.waitForURL((url) => url.pathname === "/first-patient");
  await picture("first-patient");
  const choose = async (choice) => {
    await page.locator(`main [name=chose][value="${choice}"]`).check();
    await page.locator("main form[action='/first-patient'] button").click();
    await page.waitForURL((url) => url.searchParams.get("chose") === String(choice));
  };
  // A wrong choice is explained, and the same is asked again.
  await choose(1);
  check("a wrong choice is asked again", (await page.locator("main [name=step]").inputValue()) === "1");
  for (const [step, right] of SAFELY.entries()) {
    await choose(right);
    if (step === 1) await picture("first-patient-results");
  }
  await page.locator("main a.btn.main").click();
  await page.waitForURL(`${BASE}/`);
  await picture("first-home");
  const [family, born] = PATIENTS[lang];
  await page.goto(`${BASE}/search`);
  await page.locator("#find").fill(`${family} ${born}`);
  await page.locator("main form button[type=submit]").first().click();
  await page.locator(`main table a:has-text("${family}")`).click();
  const reasons = page.locator("form[action$='/reason'] button");
  await reasons.first().waitFor();
  await picture("first-reason");
  await reasons.first().click();
  await page.getByText(/4[.,]1/).first().waitFor();
  await picture("first-look");
  return invitation;
}

const becomesActive = (at) =>
  until("active", async () => {
    await coordinator.page.goto(`${BASE}${at}`);
    return (await coordinator.page.locator("form[action$='/access/suspend']").count()) === 1;
  });

try {
  const key = await device(coordinator.page);
  await coordinator.page.goto(`${BASE}${desk}`);
  await press(coordinator.page, MAKE.en);
  await coordinator.page.waitForURL((url) => url.pathname === "/account/statements");
  await press(coordinator.page, READ.en);
  await coordinator.page.waitForURL((url) => !url.pathname.startsWith("/account"));
  check("the coordinator has a passkey", (await key.session.send("WebAuthn.getCredentials", { authenticatorId: key.authenticatorId })).credentials.length === 1);

  if (PYTHON) {
    await step("on paper: from the mailbox to the first look-up", async () => {
      const who = { licence: "P-1010", family: "Curlew", name: "Mara Curlew" };
      const address = "mara.curlew@harbourview.example";
      const { context, page } = await reader();
      await device(page);
      const applicant = new Applicant(page, "en", { address, code: (to) => live.mailed(to, /\b\d{6}\b/), shots: false, who });
      await applicant.apply({ paper: true });
      await page.goto(`${BASE}/join/forms`);
      const forms = [];
      for (const href of await page.locator("main a[href^='/join/forms/']").evaluateAll((links) => links.map((a) => a.getAttribute("href")))) {
        forms.push(file(`${path.basename(href)}.pdf`, await (await page.request.get(`${BASE}${href}`)).body()));
      }
      check("there are two forms", forms.length === 2);
      python("sign", files, who.name, address, ...forms);
      const parts = forms.map((form) => `--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="${path.basename(form)}"\r\n\r\n${fs.readFileSync(form).toString("base64").replace(/.{76}/g, "$&\r\n")}\r\n`);
      const head = `Authentication-Results: mx.opor.example; dmarc=pass header.from=harbourview.example\r\nFrom: Mara <${address}>\r\nTo: forms@opor.example\r\nSubject: My forms\r\nMessage-ID: <1@harbourview.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`;
      fs.mkdirSync(path.join(files, "mails/new"), { recursive: true });
      file("mails/new/1", `${head}${parts.join("")}--b--\r\n`);
      await until("complete", async () => {
        await page.goto(`${BASE}/join/application`);
        return (await page.locator(".head").textContent()).includes("Complete");
      });
      const at = await letThrough(who, "en");
      await lookFirst(page, "en", applicant, {});
      await becomesActive(at);
      console.log(`      ${applicant.clicks} clicks, ${applicant.fills} fills, two forms by mail`);
      await context.close();
    });
  } else {
    console.log("skipped: the paper path (PYTHON names no Python with pyHanko)");
  }

  for (const lang of ["en", "fr"]) {
    const tag = lang === "fr" ? ".fr" : "";
    await step(`from the application to the first look-up (${lang})`, async () => {
      const who = WHO[lang];
      const address = `${who.address}@harbourview.example`;
      const { context, page } = await reader({ lang });
      await device(page);
      const code = (to) => live.mailed(to, /\b\d{6}\b/);
      const applicant = new Applicant(page, lang, { address, code, shots: false });
      const begun = Date.now();
      await applicant.apply();
      const cookie = (await context.cookies()).find(({ name }) => name === "opor-join");
      check("the browser's own cookie is out of reach of scripts", cookie?.httpOnly === true);
      const sent = Date.now();

      const at = await letThrough(who, lang);
      const approved = Date.now();

      const invitation = await lookFirst(page, lang, applicant, { shot: true });
      const looked = Date.now();
      if (looked - approved > FIRST_LOOK_MINUTES * 60_000) fail("journey 2.6", `the first look-up came ${looked - approved} ms after the yes`);
      await becomesActive(at);
      console.log(`      ${applicant.counted()} to the first sign-in; sent after ${sent - begun} ms, first look-up ${looked - approved} ms after the yes`);

      // What the desk does with the access holds at once.
      const desk = coordinator.page;
      await inspect(desk, `application active${tag}`, { shot: lang === "en" ? "application-active" : undefined });
      const turn = async (what) => {
        const form = desk.locator(`form[action$='/access/${what}']`);
        await form.locator("[name=reason]").fill("Two places at once; she is called.");
        await form.locator("button").click();
        await desk.waitForURL(/done=yes/);
      };
      await turn("suspend");
      await page.goto(`${BASE}/search`);
      check("whoever is suspended is out with the next page", page.url().startsWith(`${BASE}/sign-in`));
      await press(page, USE[lang]);
      await page.waitForURL(/\/sign-in\/passkey/);
      check("and does not come in again", (await page.content()).includes(">suspended<"));
      await desk.goto(`${BASE}${at}`);
      await inspect(desk, `application suspended${tag}`, { shot: lang === "en" ? "application-suspended" : undefined });
      await turn("resume");
      await page.goto(`${BASE}/sign-in`);
      await press(page, USE[lang]);
      await page.waitForURL(`${BASE}/`);
      await desk.goto(`${BASE}${at}`);
      const again = desk.locator("form[action$='/access/invite']");
      await again.locator("[name=method][value=video]").check();
      await again.locator("[name=evidence]").fill("Passport ending 412");
      await again.locator("button").click();
      await desk.waitForURL(/done=yes/);
      await until("a new invitation", () => live.mails().some((mail) => mail.startsWith(`To: ${address}`) && mail.includes("/sign-in/invited/") && !mail.includes(invitation)));
      await desk.goto(`${BASE}${at}`);
      await turn("end");
      await page.goto(`${BASE}/search`);
      check("whose access has ended is out", page.url().startsWith(`${BASE}/sign-in`));
      await page.goto(`${BASE}${invitation}`);
      check("no invitation opens it any more", (await page.content()).includes("invitation-over"));
      await context.close();
    });
  }
} catch (error) {
  fail("first look", error.stack);
} finally {
  await live.stop();
  live.remove();
  fs.rmSync(files, { recursive: true, force: true });
}
await finish();
console.log("journey 2.6 comes to its first look-up");
