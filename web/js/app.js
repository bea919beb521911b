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

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
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

// A band of two lines would cover a sticky table header: say so to the style sheet.
const band = document.querySelector(".person");
const tooTall = () => document.documentElement.classList.toggle("tall-person", band.offsetHeight > 5 * parseFloat(getComputedStyle(document.documentElement).fontSize));
if (band) {
  tooTall();
  addEventListener("resize", tooTall);
}

// A link of an EMR carries its ticket behind the #, where no server and no log sees it: hand it over at once.
const ticket = document.getElementById("ticket");
if (ticket && location.hash.length > 1) {
  ticket.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  ticket.form.requestSubmit();
}
