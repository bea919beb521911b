// The page behind the link of a call about a critical result, in both languages, on a wide screen and on a phone: it waits,
// somebody has it, it has ended. The call is taken from the folder that a gateway empties. OPOR names the binary.
import fs from "node:fs";
import path from "node:path";
import { Live, freePort } from "./live.mjs";

const [port, mllp] = [await freePort(), await freePort()];
process.env.BASE_URL = `http://localhost:${port}`;
process.env.MLLP = `127.0.0.1:${mllp}`;
const { BASE, PHONE, answered, fail, finish, inspect, reader, send, signIn, step } = await import("./support.mjs");

/** How long a call may take on a busy machine, in milliseconds; the record looks every two seconds. */
const CALL_LIMIT = 60_000;
/** Desks of the on-call calendar. */
const DESKS = ["delivery", "identity", "interface", "directory", "safety", "covering", "on-call", "site-lead", "practice-lead", "privacy", "terminology", "enrolment"];

const live = new Live(port, "");
const spool = path.join(live.data, "pages");
fs.writeFileSync(
  live.config,
  `data = "${live.data}"\nhttp = "127.0.0.1:${port}"\nmllp = "127.0.0.1:${mllp}"\ndemo = true\n\n[paging]\nportal = "${BASE}"\nfolder = "${spool}"\n`,
);
const shifts = DESKS.map((desk) => `[[shift]]\ndesk = "${desk}"\ndays = "Mo-Su"\nfrom = "00:00"\nto = "24:00"\nperson = "Gull, Ada"\n`);
fs.writeFileSync(path.join(live.data, "cover.toml"), `[[person]]\nname = "Gull, Ada"\nphone = "902-555-0100"\npage = "sms:+19025550100"\n${shifts.join("")}`);
await live.start();

/** A critical potassium of somebody, ordered by nobody of the directory. */
const critical = [
  "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|CALL-1|P|2.5.1",
  "PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F",
  "OBR|1|P-1|L-1|2823-3^Potassium^LN|||20261120093000-0400|||||||||9999^Nemo^Ana^^^^^^NSMD||||||20261120100000-0400||CH|F",
  "OBX|1|NM|2823-3^Potassium^LN||6.9|mmol/L|3.5-5.1|HH|||F|||20261120093000-0400",
].join("\r");

/** Handed by the desk to whoever is on call, who is called at once. Gives the line at the desk. */
async function handedOn(page) {
  await signIn(page, "laboratory");
  await page.goto(`${BASE}/desk?show=no-route`);
  for (let tries = 0; (await page.locator("[data-line] th a").count()) === 0; tries += 1) {
    if (tries > 60) throw new Error("the result is on no list");
    await page.waitForTimeout(500);
    await page.reload();
  }
  await page.locator("[data-line] th a").first().click();
  const line = page.url();
  const hand = page.locator("form[action$='/hand']");
  await page.locator("details", { has: hand }).locator("summary").click();
  await hand.locator("[name=to]").selectOption("on-call");
  await hand.locator("[name=reason]").fill("Nobody answers");
  await hand.locator("button").click();
  await page.waitForURL(/done=handed/);
  return line;
}

/** The link of the call, as the gateway reads it. */
async function called() {
  for (const until = Date.now() + CALL_LIMIT; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const calls = fs.existsSync(spool) ? fs.readdirSync(spool).filter((name) => name.endsWith(".page")) : [];
    if (calls.length > 0) return fs.readFileSync(path.join(spool, calls[0]), "utf8").match(/^link: (.*)$/m)[1];
  }
  throw new Error("nobody was called");
}

/** The page as it stands, for whoever has the link alone. */
async function seen(link, state, said, press) {
  for (const lang of ["en", "fr"]) {
    for (const [size, viewport] of [["", undefined], [".phone", PHONE]]) {
      const { context, page } = await reader({ lang, ...(viewport ? { viewport } : {}) });
      const where = `page ${state} (${lang}${size})`;
      await page.goto(link);
      const text = await page.locator("main").innerText();
      if (!said[lang].test(text)) fail(where, `does not say ${said[lang]}: ${text}`);
      if (/Drake|Mona|100001|1961/.test(await page.content())) fail(where, "names a patient");
      if ((await page.locator("html").getAttribute("lang")) !== lang) fail(where, "is not in the reader's language");
      await inspect(page, where, { shot: `page-${state}${lang === "fr" ? ".fr" : ""}${size}` });
      await context.close();
    }
  }
  if (!press) return;
  const { context, page } = await reader({ lang: "fr" });
  await page.goto(link);
  // By keyboard alone: whoever is called has one hand free.
  await page.locator("main form button").focus();
  await answered(page, () => page.keyboard.press("Enter"));
  await context.close();
}

try {
  await send([critical]);
  const { page } = await reader();
  let link = "";
  let line = "";
  await step("a critical result without a route calls whoever is on call", async () => {
    line = await handedOn(page);
    link = await called();
  });
  await step("the page waits, in both languages", () => seen(link, "waits", { en: /I have it/, fr: /Je l’ai/ }, true));
  await step("somebody has it", () => seen(link, "taken", { en: /Gull, Ada has it until/, fr: /Gull, Ada l’a jusqu’au/ }));
  await step("it has ended", async () => {
    await page.goto(line);
    const close = page.locator("form[action$='/close']");
    await page.locator("details", { has: close }).locator("summary").click();
    await close.locator("[name=reason]").fill("Told by telephone");
    await close.locator("button").click();
    await page.waitForURL(/done=closed/);
    await seen(link, "ended", { en: /It has ended/, fr: /C’est terminé/ });
  });
} finally {
  await live.stop();
  live.remove();
}
await finish();
