// What the browser tests share: a reader with a watched browser, sign-in, axe, contrast measured from pixels, MLLP.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
export const { chromium } = require("playwright-core");
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const BASE = (process.env.BASE_URL ?? "http://127.0.0.1:8080").replace(/\/$/, "");
/** Where the demo takes HL7 v2 over MLLP. */
export const MLLP = process.env.MLLP ?? "127.0.0.1:2575";
export const OUT = process.env.OUT ?? path.join(import.meta.dirname, "../../docs/screens");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const RULES = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** 1280 px at 400 % (WCAG 1.4.10). */
export const ZOOMED = { width: 320, height: 256 };
/** Personas of the demo. */
export const SEATS = { doctor: "cairnwood", laboratory: "marram", steward: "sorrel", pharmacist: "kestrel", privacy: "wren" };

export const failures = [];
export const fail = (where, what) => failures.push(`${where}: ${what}`);
/** Every address that a browser of the tests asked for. */
export const asked = new Set();

fs.mkdirSync(OUT, { recursive: true });
const ARGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
export const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
let large;
/** A browser whose reader set text of 200 %: also what asks for the room in em sees it. */
const largeText = async () => (large ??= await chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, "--blink-settings=defaultFontSize=32"] }));

/** A browser of its own for one reader; every request and every message of the console is watched. */
export async function reader({ lang = "en", viewport = WIDE, dark = false, text200 = false } = {}) {
  const context = await (text200 ? await largeText() : browser).newContext({
    viewport,
    locale: lang === "fr" ? "fr-CA" : "en-CA",
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("request", (request) => {
    const url = request.url();
    asked.add(url);
    if (!url.startsWith(BASE) && !url.startsWith("data:")) fail(page.url(), `asked ${url}, which is not ours`);
  });
  page.on("pageerror", (error) => fail(page.url(), `script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (403|404|409|422)/.test(message.text())) fail(page.url(), `console: ${message.text()}`);
  });
  return { context, page };
}

export async function signIn(page, seat) {
  await page.goto(`${BASE}/sign-in`);
  await page.locator(`form.seat:has(input[value=${SEATS[seat]}]) button`).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** What an act leads to, loaded: an act alone returns before its page is asked for, and a page closed then never asks. */
export const answered = (page, act) => Promise.all([page.waitForEvent("load"), act()]);

/** No sideways scrolling and, when asked for, no finding of axe; with a picture when it has a name. */
export async function inspect(page, where, { shot, axe = true } = {}) {
  await page.evaluate(() => document.fonts?.ready).catch(() => {});
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) fail(where, `scrolls sideways by ${sideways} px`);
  if (shot) await page.screenshot({ path: path.join(OUT, `${shot}.png`) });
  if (!axe) return;
  await page.evaluate(axeSource);
  const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), RULES);
  for (const violation of found.violations) {
    const nodes = violation.nodes.slice(0, 3).map((node) => node.target.join(" "));
    fail(where, `axe ${violation.id} (${violation.impact}) ${violation.help}; ${nodes.join(" | ")}`);
  }
}

let easel;

/** Contrast of an element's text from its pixels: the commonest colour is the ground, the ink is what differs most. */
export async function contrast(element) {
  easel ??= await (await browser.newContext()).newPage();
  const png = (await element.screenshot()).toString("base64");
  return easel.evaluate(async (data) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data: pixels } = pen.getImageData(0, 0, image.width, image.height);
    const counts = new Map();
    for (let i = 0; i < pixels.length; i += 4) {
      const colour = (pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2];
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const light = (c) => 0.2126 * linear(c >> 16) + 0.7152 * linear((c >> 8) & 255) + 0.0722 * linear(c & 255);
    const [[ground]] = [...counts].sort((a, b) => b[1] - a[1]);
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    // A stroke's core is solid: a colour of a few pixels only is the smoothing of an edge.
    const inks = [...counts].filter(([, count]) => count >= 3).map(([colour]) => ratio(light(colour), light(ground)));
    return Math.max(1, ...inks);
  }, png);
}

/** A device for passkeys that verifies its holder, or does not (Chromium's virtual authenticator). */
export async function device(page, verified = true) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: verified, automaticPresenceSimulation: true },
  });
  return { session, authenticatorId, verify: (isUserVerified) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }) };
}

/** Sends messages over MLLP, each after the answer to the one before. */
export function send(messages) {
  const [host, port] = MLLP.split(":");
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), host);
    const answers = [];
    let next = 0;
    const one = () => (next < messages.length ? socket.write(`\x0b${messages[next++]}\x1c\r`) : socket.end(() => resolve(answers)));
    socket.setTimeout(30_000, () => socket.destroy(new Error("no answer over MLLP")));
    socket.on("connect", one);
    socket.on("data", (bytes) => {
      answers.push(bytes.toString("latin1"));
      if (bytes.includes(0x1c)) one();
    });
    socket.on("error", reject);
  });
}

export const step = async (what, run) => {
  try {
    await run();
    console.log(`ok    ${what}`);
  } catch (error) {
    fail(what, error.message.split("\n")[0]);
    console.log(`FAIL  ${what}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
  }
};

/** Ends the run: what is to be mended, and the exit code. */
export async function finish() {
  await browser.close();
  await large?.close();
  if (failures.length === 0) return;
  console.log(`\n${failures.length} to mend:`);
  for (const failure of failures) console.log(`- ${failure}`);
  process.exit(1);
}
