// Registration: whoever might be the person appears while somebody types. Without this file the button asks the same.

/** Quiet time after a key before the record is asked, in milliseconds: part of the 150 that candidates may take. */
const QUIET_MS = 40;

const form = document.querySelector("form[data-look]");
const carried = ["form", "form_id", "opened", "shown", "searches"];
let timer = 0;
let typedAt = 0;
let running = null;

const list = () => document.getElementById("candidates");

/** What was answered about each candidate, by name of its field. */
function answers() {
  const kept = new Map();
  for (const el of list().querySelectorAll("input")) {
    if (el.type === "radio" ? el.checked : el.value) kept.set(`${el.name}=${el.type === "radio" ? el.value : ""}`, el.value);
  }
  return kept;
}

function answerAgain(kept) {
  for (const el of list().querySelectorAll("input")) {
    const value = kept.get(`${el.name}=${el.type === "radio" ? el.value : ""}`);
    if (value === undefined) continue;
    if (el.type === "radio") el.checked = true;
    else el.value = value;
  }
}

/** The button waits for a reason beside every strong match; what it waits for is said beside it. */
function weigh() {
  const button = document.getElementById("create");
  const says = document.getElementById("create-says");
  if (!button || !says) return;
  const open = [...list().querySelectorAll("[data-strong]")].filter((one) => {
    const reason = one.querySelector("input[type=radio]:checked");
    return !reason || (reason.dataset.words !== undefined && one.querySelector("input[type=text]").value.trim() === "");
  }).length;
  const stopped = button.dataset.stopped ?? "";
  // While a search is under way, what stands here answers what was typed before it.
  button.disabled = form.dataset.asking !== undefined || stopped !== "" || open > 0;
  says.textContent = stopped || (open === 0 ? "" : open === 1 ? says.dataset.one : says.dataset.many.replace("{}", open));
}

async function look() {
  running?.abort();
  running = new AbortController();
  const mine = running;
  const since = typedAt;
  try {
    const answer = await fetch(form.dataset.look, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { accept: "text/html" },
      redirect: "error",
      signal: mine.signal,
    });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("candidates");
    const button = page.getElementById("create");
    if (!fresh) throw new Error("no candidates in the answer");
    if (since !== typedAt) return;
    const kept = answers();
    for (const symbol of page.querySelectorAll("symbol[id]")) {
      if (!document.getElementById(symbol.id)) document.querySelector("svg.vh").append(document.importNode(symbol, true));
    }
    list().replaceChildren(...fresh.childNodes);
    document.getElementById("found").textContent = page.getElementById("found").textContent;
    answerAgain(kept);
    document.getElementById("create")?.setAttribute("data-stopped", button?.dataset.stopped ?? "");
    delete form.dataset.asking;
    weigh();
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    form.elements.shown.value = Math.max(Number(form.elements.shown.value), Math.round(performance.now() - since));
    form.elements.searches.value = Number(form.elements.searches.value) + 1;
  } catch {
    // A newer search took its place, or the record did not answer: then the button of the form asks, and says why not.
    const says = document.getElementById("create-says");
    if (running === mine && says) says.textContent = says.dataset.again;
  }
}

if (form) {
  form.addEventListener("input", (event) => {
    if (list().contains(event.target) || carried.includes(event.target.name)) return weigh();
    typedAt = performance.now();
    form.dataset.asking = "";
    weigh();
    clearTimeout(timer);
    timer = setTimeout(look, QUIET_MS);
  });
  form.addEventListener("change", weigh);
  weigh();
}
