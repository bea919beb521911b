// A downtime copy in Chromium, from a file, with server, database and network dead: 300 people of a ward, opened and looked at.
// OPOR names the binary.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { spawnSync } from "node:child_process";
import { Live, OPOR, freePort } from "./live.mjs";

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

const number = (n) => String(700_000 + n).padStart(8, "0");
/** Names and days that nobody could take for one another's. */
const SYLLABLES = "bra den fi gul hom jas kev lor min nop ost pry quil ras set tul und vek wam yor zed cal dris eph".split(" ");
const drawn = (n, salt) => Math.abs(Math.imul(n * 2 + 1, 2654435761 ^ (salt * 40503))) >>> 0;
const name = (n, salt) => {
  const word = [1, 2, 3].map((at) => SYLLABLES[(drawn(n, salt * 7 + at) >>> 7) % SYLLABLES.length]).join("");
  return word[0].toUpperCase() + word.slice(1);
};
const two = (value) => String(value).padStart(2, "0");
const born = (n) => `${1930 + ((drawn(n, 91) >>> 9) % 80)}${two(1 + ((drawn(n, 92) >>> 9) % 12))}${two(1 + ((drawn(n, 93) >>> 9) % 28))}`;
const family = (n) => `${name(n, 1)}${n < 10 ? "" : name(n, 3).toLowerCase()}`;
const pid = (n) => `PID|1||${number(n)}^^^HRH^MR||${family(n)}^${name(n, 2)}^^^^^L||${born(n)}|F`;
const now = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
const admitted = (n) =>
  [`MSH|^~\\&|ADT|HRH|OPOR|NS|${now}||ADT^A01^ADT_A01|A${n}|P|2.5.1`, `EVN|A01|${now}`, pid(n), `PV1|1|I|6N^${String(n).padStart(3, "0")}^A^HRH||||||||||||||||V${n}^^^HRH^VN|||||||||||||||||||||||||${now}`, n % 3 ? "AL1|1||LTX^Latex^L||Rash" : "", "DG1|1||I10^Essential hypertension^I10"].filter(Boolean).join("\r");
const tested = (n) =>
  [`MSH|^~\\&|LAB|HRH|OPOR|NS|${now}||ORU^R01^ORU_R01|R${n}|P|2.5.1`, pid(n), `OBR|1|P${n}^HRH|X${n}^HRH|24362-6^Renal function panel^LN|||${now}|||||||||||||||${now}||CH|F`, ...["2823-3^Potassium", "2951-2^Sodium", "2160-0^Creatinine", "718-7^Hemoglobin"].map((test, i) => `OBX|${i + 1}|NM|${test}^LN||${4 + i}.${n % 10}|mmol/L|3.5-5.1|${n % 7 ? "N" : "HH"}|||F`)].join("\r");

/** Looks again and again; what does not come in two minutes is said, with what is there instead. */
async function waited(what, is, instead = () => "") {
  for (let n = 0; n < 240; n += 1) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`not within two minutes: ${what} ${instead()}`);
}

try {
  const numbers = [...Array(PEOPLE).keys()];
  // Every third has been at the laboratory.
  const sent = [...numbers.map(admitted), ...numbers.filter((n) => n % 3 === 0).map(tested)];
  const taken = (await send(sent)).filter((answer) => answer.includes("MSA|AA")).length;
  if (taken !== sent.length) fail("ward", `${taken} of ${sent.length} messages were taken`);
  const census = () => JSON.parse(spawnSync(OPOR, ["census", "--data", live.data, "--json"], { encoding: "utf8" }).stdout).messages;
  await waited("everything is filed", () => census().filed === sent.length, () => JSON.stringify(census()));
  // What is gone is made anew at the next look. One under way was begun before everything was filed: the second is of now.
  for (let n = 0; n < 2; n += 1) {
    fs.rmSync(copy, { force: true });
    await waited("a copy is made", () => fs.existsSync(copy));
  }
  // Server and database are dead, and no page can reach a network.
  live.server.kill("SIGKILL");
  const kept = path.join(live.data, "copied.html");
  fs.copyFileSync(copy, kept);
  const text = fs.readFileSync(kept, "utf8");
  const first = family(0);
  for (const word of [first, first.toUpperCase(), number(0), "Latex"]) if (text.includes(word)) fail("file", `${word} stands in the clear`);

  await step("a copy opens with everything else dead", async () => {
    const { page, context } = await reader({ viewport: WIDE });
    await context.setOffline(true);
    const begun = performance.now();
    await page.goto(pathToFileURL(kept).href);
    await inspect(page, "closed copy", { shot: "downtime-closed" });
    await page.locator("#passphrase").fill("not the passphrase of it");
    await page.keyboard.press("Enter");
    await page.locator("#wrong").waitFor({ state: "visible" });
    if ((await page.content()).includes(first.toUpperCase())) fail("copy", "another passphrase shows somebody");
    const typed = performance.now();
    await page.locator("#passphrase").fill(PASSPHRASE);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /6 North, as it was at/ }).waitFor();
    const said = await page.locator('#opened [data-lang="en"] .head p').textContent();
    if (!said.startsWith(`${PEOPLE} `)) fail("ward", `the copy holds ${said}`);
    const took = Math.round(performance.now() - typed);
    console.log(`      ${PEOPLE} people, ${Math.round(text.length / 1024)} KiB: open ${took} ms after the passphrase, ${Math.round(performance.now() - begun)} ms with a wrong one before`);
    if (took > MOST_MS) fail("copy", `opened after ${took} ms`);
    await inspect(page, "open copy", { shot: "downtime" });
    await page.keyboard.press("/");
    await page.keyboard.type(`${first.toLowerCase()} ${number(0).slice(-4)}`);
    await page.locator('[data-lang="en"] [data-find]').fill(`${first.toUpperCase()}, ${name(0, 2)}`);
    const rows = page.locator('[data-lang="en"] tr[data-of]:visible');
    if ((await rows.count()) < 1 || (await rows.count()) === PEOPLE) fail("copy", `finding shows ${await rows.count()}`);
    await page.locator('[data-lang="en"] section.person-sheet:visible').first().scrollIntoViewIfNeeded();
    await page.screenshot({ path: path.join(process.env.OUT ?? "docs/screens", "downtime-sheet.png") });
    await page.getByRole("button", { name: "Close the copy" }).click();
    await page.locator("#passphrase").waitFor({ state: "visible" });
    if ((await page.content()).includes(first.toUpperCase())) fail("copy", "closed, and somebody is still in the page");
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
