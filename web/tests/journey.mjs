// Journey 2.1: a family doctor looks up a discharged patient, in both languages, by keyboard alone, within its bars; then
// the same pages in dark, on a phone, at 200 % text and 400 % zoom, with words a third longer; contrast of clinical values
// from pixels; the palette; a lock that keeps what was being written.
//   BASE_URL=http://127.0.0.1:8080 OUT=../docs/screens node tests/journey.mjs
import { BASE, PHONE, ZOOMED, answered, contrast, fail, finish, inspect, reader, signIn, step } from "./support.mjs";

/** Clicks from home to what happened, and by search with one fill (JOURNEYS 2.1, the bar). */
const FROM_HOME = 2;
const BY_SEARCH = 2;
/** Contrast of clinical values (HAZARDS H83). */
const CLINICAL = 7;
/** What is clinical on a page, and must be read; the dot of a cell without a value is too small to have a core. */
const VALUES = [".flow td:not(.na)", ".flow th", "table td b", ".flag", ".person .name", ".person dd", "td .value", ".note.crit"];
/** Most elements of a sort that are measured on a page. */
const MEASURED = 12;

let chart = "";
let report = "";

/** A click is one press, tap or one-key commit; moving by j and k is none. */
function hands(page) {
  let clicks = 0;
  return {
    press: async (key) => {
      clicks += 1;
      await page.keyboard.press(key);
    },
    within: (what, bar) => {
      if (clicks > bar) fail("journey 2.1", `${what} takes ${clicks} clicks, the bar is ${bar}`);
      clicks = 0;
    },
  };
}

for (const lang of ["en", "fr"]) {
  const tag = lang === "fr" ? ".fr" : "";
  await step(`journey 2.1 by keyboard (${lang})`, async () => {
    const { context, page } = await reader({ lang });
    const hand = hands(page);
    await page.goto(`${BASE}/lang?to=${lang}&back=/sign-in`);
    // Sign-in is counted once per session and stated apart: one press.
    await page.locator("form.seat button").first().focus();
    await hand.press("Enter");
    await page.waitForURL((url) => url.pathname === "/");
    hand.within("signing in", 1);
    await inspect(page, `home${tag}`, { shot: `journey-home${tag}` });
    if ((await page.locator("[data-line] a").count()) === 0) throw new Error("nothing waits for the doctor in the demo");
    await page.keyboard.press("j");
    await hand.press("Enter");
    await page.waitForURL(/\/person\//);
    report = new URL(page.url()).pathname;
    chart = report.split("/").slice(0, 3).join("/");
    // The bar from home to what happened is two clicks and no fill.
    hand.within("from home to what happened", FROM_HOME);
    await inspect(page, `journey report${tag}`, { shot: `journey-report${tag}` });
    const name = (await page.locator(".person .name").innerText()).trim();
    const born = (await page.locator(".person").innerText()).match(/\d{4}-\d{2}-\d{2}/)?.[0];
    const take = page.locator("[data-key=y]");
    if ((await take.count()) > 0 && lang === "en") {
      await hand.press("y");
      await page.waitForURL(/done=/);
      hand.within("closing the loop", 1);
      await inspect(page, "journey closed", { shot: "journey-closed" });
    }
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.waitForURL((url) => url.pathname === chart);
    await inspect(page, `journey chart${tag}`, { shot: `journey-chart${tag}` });
    // By search: one fill, one press to look, one to open.
    await page.keyboard.press("/");
    await page.keyboard.type(`${name.replace(",", "")} ${born}`);
    await hand.press("Enter");
    await page.locator("[data-line] th a").first().waitFor();
    await page.keyboard.press("j");
    await hand.press("Enter");
    await page.waitForURL(/\/person\//);
    hand.within("by search", BY_SEARCH);
    await context.close();
  });
}

await step("a form of one chart is refused after another was opened in the next tab", async () => {
  const { context, page } = await reader();
  await signIn(page, "doctor");
  const others = await page.locator("[data-line] a[href^='/person/']").evaluateAll((links) => [...new Set(links.map((a) => a.getAttribute("href").split("/").slice(0, 3).join("/")))]);
  const other = others.find((href) => href !== chart);
  await page.goto(`${BASE}${report}`);
  const second = await context.newPage();
  await second.goto(`${BASE}${other}`);
  const take = page.locator("form[action$='/hand'] button, form[action$='/receive'] button, form[action$='/decide'] button").first();
  if ((await take.count()) > 0) {
    const select = page.locator("form[action$='/hand'] select");
    if ((await select.count()) > 0) await select.selectOption({ index: 1 }).catch(() => {});
    await answered(page, () => take.click());
    const names = await page.locator("main").innerText();
    const there = (await second.locator(".person .name").innerText()).trim();
    if (!names.includes(there)) fail("switched", `does not name ${there.length} letters of the open chart`);
    await inspect(page, "switched", { shot: "switched" });
  }
  await context.close();
});

await step("light, dark, phone, 200 % text, 400 % zoom", async () => {
  for (const [name, given] of [
    ["light", {}],
    ["dark", { dark: true }],
    ["phone", { viewport: PHONE }],
    ["zoom-400", { viewport: ZOOMED }],
    ["text-200", { text200: true }],
  ]) {
    const { context, page } = await reader(given);
    await signIn(page, "doctor");
    for (const [part, shot] of [["/", "home"], [chart, "chart"], [`${chart}/results`, "results"], [report, "report"]]) {
      await page.goto(`${BASE}${part}`);
      await inspect(page, `${shot} ${name}`, { shot: name === "light" ? undefined : `journey-${shot}-${name}` });
    }
    await context.close();
  }
});

await step("words a third longer are neither cut nor wider than the page", async () => {
  for (const viewport of [undefined, PHONE]) {
    const { context, page } = await reader(viewport ? { viewport } : {});
    await signIn(page, "doctor");
    for (const part of ["/", "/search", "/help", "/display", chart, `${chart}/results`, `${chart}/problems`, report]) {
      await page.goto(`${BASE}${part}`);
      const cut = await page.evaluate(() => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          if (!node.parentElement.closest("script, style, svg, time, .id, td, .person")) {
            node.data = node.data.replace(/\p{L}{3,}/gu, (word) => `${word}${"ë".repeat(Math.ceil(word.length / 3))}`);
          }
        }
        return [...document.querySelectorAll("body *")]
          .filter((el) => {
            const style = getComputedStyle(el);
            const hides = /hidden|clip/.test(style.overflowX) || style.textOverflow === "ellipsis";
            return hides && !el.classList.contains("vh") && el.scrollWidth > el.clientWidth + 1 && el.clientWidth > 1 && el.textContent.trim();
          })
          .map((el) => `${el.tagName}.${el.className}`);
      });
      if (cut.length > 0) fail(`longer words on ${part.replace(/[0-9a-z]{12}/, "…")}`, `cut: ${[...new Set(cut)].join(", ")}`);
      await inspect(page, `longer words on ${part.replace(/[0-9a-z]{12}/, "…")}`, { axe: false });
    }
    await context.close();
  }
});

await step("clinical values stand at 7:1 in light and dark, measured from pixels", async () => {
  let measured = 0;
  let least = 21;
  for (const dark of [false, true]) {
    const { context, page } = await reader({ dark });
    await signIn(page, "doctor");
    for (const part of [chart, `${chart}/results?all=yes`, report]) {
      await page.goto(`${BASE}${part}`);
      for (const sort of VALUES) {
        for (const el of (await page.locator(sort).all()).slice(0, MEASURED)) {
          if (!(await el.isVisible()) || !(await el.innerText()).trim()) continue;
          const ratio = await contrast(el);
          measured += 1;
          least = Math.min(least, ratio);
          if (ratio < CLINICAL) fail(`contrast of ${sort} (${dark ? "dark" : "light"})`, `${ratio.toFixed(2)}:1, ${CLINICAL}:1 is the least`);
        }
      }
    }
    await context.close();
  }
  console.log(`      ${measured} measured, the least ${least.toFixed(2)}:1`);
});

await step("the palette offers what the page offers, by keys alone", async () => {
  const { context, page } = await reader();
  await signIn(page, "doctor");
  await page.goto(`${BASE}${chart}`);
  await page.keyboard.press("Control+k");
  await page.locator("#palette[open]").waitFor();
  await inspect(page, "palette", { shot: "palette" });
  const offered = await page.locator("#palette-list [role=option]").allInnerTexts();
  if (offered.length < 8) fail("palette", `offers ${offered.length} places`);
  await page.keyboard.type("resul");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/results/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("no such place");
  if (await page.locator("#palette-none").isHidden()) fail("palette", "does not say that nothing is called that");
  await page.keyboard.press("Escape");
  if ((await page.locator("#palette[open]").count()) > 0) fail("palette", "does not close");
  await context.close();
});

await step("a session that gave way keeps what was being written", async () => {
  const first = await reader();
  await signIn(first.page, "doctor");
  await first.page.goto(`${BASE}/directory/mine`);
  const text = `Written before the lock ${Date.now()}`;
  const add = first.page.locator("details", { has: first.page.locator("input[name=what][value=another]") });
  await add.locator("summary").click();
  await add.locator("input[name=value]").fill("902 555 0177");
  await add.locator("input[name=why]").fill(text);
  const second = await reader();
  await signIn(second.page, "doctor");
  await add.locator("button").click();
  await first.page.locator("form[action='/unlock'] button").waitFor();
  await inspect(first.page, "locked", { shot: "locked" });
  await first.page.locator("form[action='/unlock'] button").click();
  await first.page.waitForURL(/done=proposed/);
  if ((await first.page.getByText(text).count()) === 0) fail("locked", "what was being written is lost");
  await second.page.goto(`${BASE}/`);
  if ((await second.page.locator("form[action='/unlock']").count()) === 0) fail("locked", "two sessions of one person are in the foreground");
  await first.context.close();
  await second.context.close();
});

await step("two pages to take along open as PDF", async () => {
  const { context, page } = await reader();
  await signIn(page, "doctor");
  await page.goto(`${BASE}${chart}`);
  for (const href of await page.locator("#take-along a").evaluateAll((links) => links.map((a) => a.getAttribute("href")))) {
    const file = await page.request.get(`${BASE}${href}`);
    const body = (await file.body()).toString("latin1");
    if (!file.ok()) fail("take along", `${href.split("/").pop()} answers ${file.status()}`);
    if (href.includes("pages") && !body.startsWith("%PDF-")) fail("take along", "is no PDF");
    if (href.includes("document") && JSON.parse(body).type !== "document") fail("take along", "is no document");
  }
  await context.close();
});

await finish();
