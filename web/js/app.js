// Optional comforts: single keys, and figures that stay current. Every page works without this file.

// A radio or check box takes no letters, so single keys stay alive on it.
const typing = (el) => el instanceof HTMLElement && (el.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(radio|checkbox)$/.test(el.type)));
const lines = () => [...document.querySelectorAll("[data-line]")].filter((line) => line.querySelector("a[href]"));
const person = location.pathname.match(/^\/person\/[0-9a-z]+/)?.[0];
const places = {
  h: "/",
  s: person && person,
  l: person && `${person}/results`,
  d: person ? `${person}/reports` : "/desk",
  v: person && `${person}/visits`,
  e: person && `${person}/visits`,
  i: "/identity",
  r: "/registration",
  m: person ? `${person}/medications` : "/messages",
  p: person && `${person}/problems`,
  o: person && `${person}/plans`,
  f: "/feeds",
  u: "/unmatched",
  t: "/trace",
};

let afterG = 0;

function move(step) {
  const all = lines();
  if (all.length === 0) return;
  const at = all.findIndex((line) => line.contains(document.activeElement));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  next.querySelector("a[href]").focus();
  next.scrollIntoView({ block: "nearest" });
}

// Only places that the sections of this page offer can be gone to.
function go(place) {
  const offered = place && [...document.querySelectorAll(".rail a[href]")].some((a) => a.getAttribute("href") === place);
  if (offered) location.assign(place);
}

// A page names its own keys: what carries data-key is chosen, opened or entered by that key.
function press(key) {
  const el = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && one.offsetParent !== null);
  if (!el) return false;
  if (el.type === "radio") {
    el.checked = true;
    el.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (/^(A|BUTTON|SUMMARY)$/.test(el.tagName)) el.click();
  el.focus();
  el.scrollIntoView({ block: "nearest" });
  return true;
}

// The palette offers what the page itself offers this seat: nothing in it is a way that a link or button is not.
const palette = document.getElementById("palette");
const typed = document.getElementById("palette-text");
let offered = [];

function offers(ofPageOnly) {
  // The number beside a section is no part of its name.
  const named = (el) => {
    const name = el.cloneNode(true);
    name.querySelectorAll(".n, kbd").forEach((part) => part.remove());
    return (el.getAttribute("aria-label") ?? name.textContent).replace(/\s+/g, " ").trim();
  };
  const where = ofPageOnly ? "main a.btn[href], main .acts a[href], main button[type=submit]" : ".rail a[href], .tools a[href], main a.btn[href], main .acts a[href], main button[type=submit]";
  const seen = new Set();
  const tools = (el) => Number(el.closest(".tools") !== null);
  return [...document.querySelectorAll(where)]
    .sort((a, b) => tools(a) - tools(b))
    .filter((el) => !el.disabled && !el.closest("dialog"))
    .map((el) => ({ el, name: named(el) }))
    .filter(({ name }) => name && !seen.has(name) && seen.add(name));
}

function list() {
  const words = typed.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = offered.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const lines = shown.map(({ el, name }, i) => {
    const line = document.createElement("li");
    line.id = `palette-${i}`;
    line.role = "option";
    line.textContent = name;
    line.ariaSelected = String(i === 0);
    line.addEventListener("click", () => choose(el));
    return line;
  });
  document.getElementById("palette-list").replaceChildren(...lines);
  document.getElementById("palette-none").hidden = lines.length > 0;
  mark(0);
}

const options = () => [...document.querySelectorAll("#palette-list [role=option]")];

function mark(at) {
  const all = options();
  all.forEach((line, i) => (line.ariaSelected = String(i === at)));
  if (all[at]) {
    typed.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  } else typed.removeAttribute("aria-activedescendant");
}

// A button is not pressed from afar: it is shown and focused, and the person presses it.
function choose(el) {
  palette.close();
  if (el.tagName === "A") el.click();
  else {
    el.scrollIntoView({ block: "center" });
    el.focus();
  }
}

function openPalette(ofPageOnly) {
  if (!palette) return;
  offered = offers(ofPageOnly);
  typed.value = "";
  palette.showModal();
  list();
  typed.focus();
}

if (palette) {
  typed.addEventListener("input", list);
  typed.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((line) => line.ariaSelected === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), all.length - 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      all[at]?.click();
    }
  });
}

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k" && palette) {
    event.preventDefault();
    if (palette.open) palette.close();
    else openPalette(false);
    return;
  }
  if (event.ctrlKey && event.key === "Enter") {
    const form = event.target instanceof HTMLElement && event.target.closest("main form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || palette?.open) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.body.dataset.keys === "off") return;
  if (afterG > 0 && performance.now() - afterG < 1500 && places[event.key] !== undefined) {
    afterG = 0;
    go(places[event.key]);
    return;
  }
  afterG = event.key === "g" ? performance.now() : 0;
  if (event.key === "/") {
    const box = document.getElementById("find");
    if (box && box.offsetParent !== null) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  } else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "?") location.assign("/help#keys");
  else if (event.key === ".") openPalette(true);
  else if (event.key === "!") go("/trace");
  else if (press(event.key)) event.preventDefault();
}

document.addEventListener("keydown", onKey);

// Figures change in place; new lines never push what is being read: they wait behind a link. Only figures are asked for:
// a page that is left open looks at nobody.
const EVERY_MS = 15_000;
const figures = document.querySelector("[data-live=figures]");
const linesOf = (root) => Number((root.querySelector(".tabs [aria-current] .n")?.textContent ?? "").replace(/\D/g, ""));

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`/desk/figures${location.search}`, { headers: { accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = [...fresh.querySelectorAll("[data-live=figures] dd")];
    figures.querySelectorAll("dd").forEach((dd, i) => {
      if (now[i] && dd.innerHTML !== now[i].innerHTML) dd.replaceChildren(...now[i].cloneNode(true).childNodes);
    });
    const more = linesOf(fresh) - linesOf(document);
    const link = document.querySelector("[data-new-lines]");
    if (link && more > 0) {
      link.textContent = `${link.dataset.newLines} (${more})`;
      link.hidden = false;
    }
  } catch {
    // The next round tries again; the page says when it was counted.
  }
}

if (figures) setInterval(refresh, EVERY_MS);

// The status is drawn anew where nobody reads in it with the keyboard; what was opened stays open.
const status = document.querySelector("[data-live=status]");
async function renew() {
  if (document.hidden || status.contains(document.activeElement)) return;
  try {
    const answer = await fetch("/status/now", { headers: { accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live=status]");
    if (!fresh) return;
    for (const box of status.querySelectorAll("details[id]")) {
      const next = fresh.querySelector(`#${box.id}`);
      if (next) next.open = box.open;
    }
    status.replaceChildren(...fresh.childNodes);
  } catch {
    // The next round tries again; the page says when it was looked at.
  }
}
if (status) setInterval(renew, EVERY_MS);

// Home: the server says when there is other than the page shows; it is shown when the reader asks for it.
const home = document.querySelector("[data-live=home]");
let asking = null;
async function listen() {
  asking?.abort();
  // A page in the background keeps no connection.
  if (document.hidden) return;
  const mine = (asking = new AbortController());
  let seen = "";
  let pause = 5000;
  while (!mine.signal.aborted) {
    try {
      const answer = await fetch("/live", { redirect: "manual", signal: mine.signal, headers: seen ? { "Last-Event-ID": seen } : {} });
      // A session that is over or locked leads elsewhere: nothing is followed, and nothing is asked any more.
      if (answer.type === "opaqueredirect" || answer.status === 403) return;
      const said = answer.ok ? await answer.text() : "";
      seen = said.match(/^id: (.*)$/m)?.[1] ?? seen;
      pause = Number(said.match(/^retry: (\d+)$/m)?.[1] ?? pause);
      if (seen) home.hidden = seen === home.dataset.id;
    } catch {
      // The line is down, or the page is left: asked again after the pause, or no more.
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
if (home) {
  listen();
  document.addEventListener("visibilitychange", listen);
}

// A band of two lines would cover a sticky table header: say so to the style sheet.
const band = document.querySelector(".person");
const tooTall = () => document.documentElement.classList.toggle("tall-person", band.offsetHeight > 5 * parseFloat(getComputedStyle(document.documentElement).fontSize));
if (band) {
  tooTall();
  addEventListener("resize", tooTall);
}

// A link of an EMR carries its ticket behind the #, where no server and no log sees it: hand it over at once, also when
// the page was there already.
const ticket = document.getElementById("ticket");
function hand() {
  if (location.hash.length < 2) return;
  ticket.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  ticket.form.requestSubmit();
}
if (ticket) {
  hand();
  addEventListener("hashchange", hand);
}

// A session that is locked or over shows nobody: the page asks now and then, and says whether somebody writes in it. The
// page of the lock itself stays, with what it keeps.
const ASK_MS = 30_000;
const here = document.querySelector("form[action='/unlock']") ? undefined : document.body.dataset.here;
let used = false;
async function ask() {
  const query = used ? "?used=yes" : "";
  used = false;
  try {
    const answer = await fetch(`/locked${query}`, { redirect: "manual" });
    if (answer.status === 403 || answer.type === "opaqueredirect") location.replace(here);
  } catch {
    // The next round tries again.
  }
}
if (here) {
  addEventListener("input", () => (used = true));
  setInterval(ask, ASK_MS);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  addEventListener("pageshow", (event) => event.persisted && ask());
}
