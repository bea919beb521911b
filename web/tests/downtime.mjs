// A downtime copy in Chromium, from a file, with server, database and network dead: 300 people of a ward, opened and looked at.
// OPOR names the binary.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Live, freePort } from "./live.mjs";

const PEOPLE = Number(process.env.PEOPLE ?? 300);
/** HAZARDS H66. */
const MOST_MS = 10_000;
const PASSPHRASE = "harbour salt lantern nine gulls";
const port = await freePort();
const live = new Live(port, `
[downtime]
folder = "FOLDER"
every_minutes = 1

[[downtime.place]]
id = "hrh-6n"
name = "6 North"
ward = "HRH, 6N"
passphrase = "FOLDER/phrase"
`);
const folder = path.join(live.data, "downtime");
fs.mkdirSync(folder);
fs.writeFileSync(path.join(folder, "phrase"), `${PASSPHRASE}\n`);
fs.writeFileSync(live.config, fs.readFileSync(live.config, "utf8").replaceAll("FOLDER", folder));
const copy = path.join(folder, "hrh-6n.html");
await live.start();
process.env.MLLP = live.mllp;
process.env.BASE_URL = "file://";
const { WIDE, PHONE, fail, finish, inspect, reader, send, step } = await import("./support.mjs");

const FAMILIES = ["Quay", "Mooring", "Schooner", "Dory", "Gale", "Brigg", "Levee", "Cove", "Hawser", "Saltmarsh"];
const number = (n) => String(700_000 + n).padStart(8, "0");
const pid = (n) => `PID|1||${number(n)}^^^HRH^MR||${FAMILIES[n % 10]}${n >= 10 ? `-${"Abcdefghijklmnopqrstuvwxyzabcd"[Math.floor(n / 10)]}${n}` : ""}^Enid^^^^^L||19${30 + (n % 60)}0${1 + (n % 9)}1${n % 9}|F`;
const now = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
const admitted = (n) =>
  [`MSH|^~\\&|ADT|HRH|OPOR|NS|${now}||ADT^A01^ADT_A01|A${n}|P|2.5.1`, `EVN|A01|${now}`, pid(n), `PV1|1|I|6N^${String(n).padStart(3, "0")}^A^HRH||||||||||||||||V${n}^^^HRH^VN|||||||||||||||||||||||||${now}`, n % 3 ? "AL1|1||LTX^Latex^L||Rash" : "", "DG1|1||I10^Essential hypertension^I10"].filter(Boolean).join("\r");
const tested = (n) =>
  [`MSH|^~\\&|LAB|HRH|OPOR|NS|${now}||ORU^R01^ORU_R01|R${n}|P|2.5.1`, pid(n), `OBR|1|P${n}^HRH|X${n}^HRH|24362-6^Renal function panel^LN|||${now}|||||||||||||||${now}||CH|F`, ...["2823-3^Potassium", "2951-2^Sodium", "2160-0^Creatinine", "718-7^Hemoglobin"].map((test, i) => `OBX|${i + 1}|NM|${test}^LN||${4 + i}.${n % 10}|mmol/L|3.5-5.1|${n % 7 ? "N" : "HH"}|||F`)].join("\r");

try {
  const numbers = [...Array(PEOPLE).keys()];
  const answers = await send([...numbers.map(admitted), ...numbers.map(tested)]);
  const taken = answers.filter((answer) => answer.includes("MSA|AA")).length;
  if (taken !== 2 * PEOPLE) fail("ward", `${taken} of ${2 * PEOPLE} messages were taken`);
  // What is gone is made anew at the next look; made again until everything that was sent is filed.
  let said = "";
  for (let n = 0; n < 40; n += 1) {
    fs.rmSync(copy, { force: true });
    while (!fs.existsSync(copy)) await new Promise((resolve) => setTimeout(resolve, 200));
    const { page, context } = await reader();
    await page.goto(pathToFileURL(copy).href);
    await page.locator("#passphrase").fill(PASSPHRASE);
    await page.keyboard.press("Enter");
    await page.locator("#opened").waitFor({ state: "visible" });
    said = await page.locator('#opened [data-lang="en"] .head p').textContent();
    await context.close();
    if (said.startsWith(`${PEOPLE} `)) break;
  }
  if (!said.startsWith(`${PEOPLE} `)) fail("ward", `the copy holds ${said}`);
  // Server and database are dead, and no page can reach a network.
  live.server.kill("SIGKILL");
  const kept = path.join(live.data, "copied.html");
  fs.copyFileSync(copy, kept);
  const text = fs.readFileSync(kept, "utf8");
  for (const name of ["Quay", "QUAY", number(0), "Latex"]) if (text.includes(name)) fail("file", `${name} stands in the clear`);

  await step("a copy opens with everything else dead", async () => {
    const { page, context } = await reader({ viewport: WIDE });
    await context.setOffline(true);
    const begun = performance.now();
    await page.goto(pathToFileURL(kept).href);
    await inspect(page, "closed copy", { shot: "downtime-closed" });
    await page.locator("#passphrase").fill("not the passphrase of it");
    await page.keyboard.press("Enter");
    await page.locator("#wrong").waitFor({ state: "visible" });
    if ((await page.content()).includes("QUAY")) fail("copy", "another passphrase shows somebody");
    const typed = performance.now();
    await page.locator("#passphrase").fill(PASSPHRASE);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /6 North, as it was at/ }).waitFor();
    const took = Math.round(performance.now() - typed);
    console.log(`      ${PEOPLE} people, ${Math.round(text.length / 1024)} KiB: open ${took} ms after the passphrase, ${Math.round(performance.now() - begun)} ms with a wrong one before`);
    if (took > MOST_MS) fail("copy", `opened after ${took} ms`);
    await inspect(page, "open copy", { shot: "downtime" });
    await page.keyboard.press("/");
    await page.keyboard.type(`quay ${number(0).slice(-4)}`);
    await page.locator('[data-lang="en"] [data-find]').fill("QUAY, Enid");
    const rows = page.locator('[data-lang="en"] tr[data-of]:visible');
    if ((await rows.count()) < 1 || (await rows.count()) === PEOPLE) fail("copy", `finding shows ${await rows.count()}`);
    await page.locator('[data-lang="en"] section.person-sheet:visible').first().scrollIntoViewIfNeeded();
    await page.screenshot({ path: path.join(process.env.OUT ?? "docs/screens", "downtime-sheet.png") });
    await page.getByRole("button", { name: "Close the copy" }).click();
    await page.locator("#passphrase").waitFor({ state: "visible" });
    if ((await page.content()).includes("QUAY")) fail("copy", "closed, and somebody is still in the page");
    await context.close();
  });

  await step("in French, dark, on a telephone, and an hour later", async () => {
    const { page, context } = await reader({ lang: "fr", dark: true, viewport: PHONE });
    await context.setOffline(true);
    await page.clock.install({ time: new Date(Date.now() + 3_600_000) });
    await page.goto(pathToFileURL(kept).href);
    if (!(await page.getByText("Plus de 15 minutes").isVisible())) fail("copy", "an old copy does not say so");
    await page.locator("#passphrase").fill(PASSPHRASE);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /6 North, tel qu’à/ }).waitFor();
    await inspect(page, "open copy in French", { shot: "downtime.fr" });
    await context.close();
  });

  await step("a changed file opens with no passphrase", async () => {
    const { page, context } = await reader();
    const changed = path.join(live.data, "changed.html");
    fs.writeFileSync(changed, text.replace(/("head":")([^"]+)(")/, (_, a, head, b) => `${a}${Buffer.from(Buffer.from(head, "base64url").toString().replace("6 North", "7 North")).toString("base64url")}${b}`));
    await page.goto(pathToFileURL(changed).href);
    await page.locator("#passphrase").fill(PASSPHRASE);
    await page.keyboard.press("Enter");
    await page.locator("#wrong").waitFor({ state: "visible" });
    await context.close();
  });
} catch (error) {
  fail("downtime", error.message.split("\n")[0]);
} finally {
  live.server?.kill("SIGKILL");
  await finish();
  live.remove();
}
