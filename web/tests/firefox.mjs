// The core path of journey 2.1 in Firefox, through WebDriver BiDi: sign in, home, what happened, the chart, by keys.
//   BASE_URL=http://127.0.0.1:8080 OUT=../docs/screens node tests/firefox.mjs
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { ws: Socket } = require("playwright-core/lib/utilsBundle");
const BASE = (process.env.BASE_URL ?? "http://127.0.0.1:8080").replace(/\/$/, "");
const OUT = process.env.OUT ?? path.join(import.meta.dirname, "../../docs/screens");
const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
/** As long as a page or the browser's start may take, in milliseconds. */
const PATIENCE = 60_000;
const ENTER = "\uE006";

const profile = fs.mkdtempSync(path.join(os.tmpdir(), "opor-firefox-"));
// Headless windows have no focus of their own, and a first start shows pages of its own.
const settings = { "focusmanager.testmode": true, "browser.aboutwelcome.enabled": false, "datareporting.policy.dataSubmissionEnabled": false, "browser.startup.page": 0 };
fs.writeFileSync(path.join(profile, "user.js"), Object.entries(settings).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`).join(""));
const firefox = spawn(FIREFOX, ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
const failures = [];
const address = await new Promise((resolve, reject) => {
  const late = setTimeout(() => reject(new Error("Firefox does not listen")), PATIENCE);
  firefox.stderr.on("data", (data) => {
    const found = data.toString().match(/WebDriver BiDi listening on (ws:\/\/\S+)/);
    if (found) (clearTimeout(late), resolve(found[1]));
  });
  firefox.on("exit", () => reject(new Error("Firefox ended")));
});
const socket = new Socket(`${address}/session`);
await new Promise((resolve, reject) => (socket.on("open", resolve), socket.on("error", reject)));
const waiting = new Map();
let number = 0;
socket.on("message", (data) => {
  const said = JSON.parse(data);
  if (said.method === "log.entryAdded" && said.params.level === "error") failures.push(`console: ${said.params.text}`);
  const one = waiting.get(said.id);
  if (!one) return;
  waiting.delete(said.id);
  if (said.type === "error") one.reject(new Error(`${said.error}: ${said.message}`));
  else one.resolve(said.result);
});
const ask = (method, params = {}) =>
  new Promise((resolve, reject) => {
    number += 1;
    waiting.set(number, { resolve, reject });
    socket.send(JSON.stringify({ id: number, method, params }));
  });

await ask("session.new", { capabilities: {} });
await ask("session.subscribe", { events: ["log.entryAdded"] });
const { context } = await ask("browsingContext.create", { type: "window" });
const go = (where) => ask("browsingContext.navigate", { context, url: `${BASE}${where}`, wait: "complete" });
const see = async (expression) => (await ask("script.evaluate", { expression, target: { context }, awaitPromise: true })).result.value;
const press = (...keys) =>
  ask("input.performActions", { context, actions: [{ type: "key", id: "keys", actions: keys.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]) }] });
const until = async (what, expression) => {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    if (await see(`Boolean(document.readyState === "complete" && (${expression}))`).catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} does not come`);
};
const shot = async (name) => {
  const { data } = await ask("browsingContext.captureScreenshot", { context });
  fs.writeFileSync(path.join(OUT, `${name}.png`), Buffer.from(data, "base64"));
};

try {
  fs.mkdirSync(OUT, { recursive: true });
  await ask("browsingContext.setViewport", { context, viewport: { width: 1440, height: 900 } });
  await ask("browsingContext.activate", { context });
  await go("/sign-in");
  await see("document.querySelector('form.seat button').focus()");
  await press(ENTER);
  await until("home", "location.pathname === '/' && document.querySelector('[data-line] a')");
  await shot("firefox-home");
  await press("j");
  await press(ENTER);
  await until("what happened", "location.pathname.startsWith('/person/') && document.querySelector('.person .name')");
  await shot("firefox-report");
  if (await see("document.documentElement.scrollWidth > document.documentElement.clientWidth")) failures.push("a report scrolls sideways");
  await press("g", "s");
  await until("the chart", "/^\\/person\\/[^/]+$/.test(location.pathname) && document.querySelector('h1')");
  await shot("firefox-chart");
  await see("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }))");
  await until("the palette", "document.querySelector('#palette[open]')");
  console.log(`ok    journey 2.1 in ${(await see("navigator.userAgent")).split(" ").pop()} (WebKit is not to be had from Debian without a desktop and was not tried)`);
} catch (error) {
  failures.push(error.message);
} finally {
  socket.close();
  firefox.kill();
  fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
if (failures.length > 0) {
  console.log(`FAIL  journey 2.1 in Firefox\n- ${failures.join("\n- ")}`);
  process.exit(1);
}
