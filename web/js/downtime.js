// A downtime copy: opens what is sealed in this file by its passphrase, with nothing but the browser. Nothing is kept.

const pack = JSON.parse(document.getElementById("pack").textContent);
const by = (id) => document.getElementById(id);
const made = Number(document.body.dataset.made);
const OLD_MINUTES = 15;
const STALE_MINUTES = 12 * 60;
// A clock that is behind by more than this is said.
const AHEAD_MINUTES = 2;
// An open copy closes itself when nobody has touched it for so long.
const IDLE_MINUTES = 15;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

let lang = navigator.language.startsWith("fr") ? "fr" : "en";

function speak() {
  document.documentElement.lang = lang;
  for (const el of document.querySelectorAll("[data-lang]")) el.hidden = el.dataset.lang !== lang;
  const other = by("language");
  other.lang = lang === "fr" ? "en" : "fr";
  other.textContent = lang === "fr" ? "English" : "Français";
}

function tell() {
  const minutes = Math.floor((Date.now() - made) / 60_000);
  const state = minutes < -AHEAD_MINUTES ? "ahead" : minutes > STALE_MINUTES ? "stale" : minutes > OLD_MINUTES ? "old" : "fresh";
  const old = Math.max(minutes, 0);
  const spell = old < 60 ? `${old}\u00a0min` : `${Math.floor(old / 60)}\u00a0h\u00a0${String(old % 60).padStart(2, "0")}\u00a0min`;
  if (by("minutes").textContent !== spell) by("minutes").textContent = spell;
  by("age").hidden = state === "ahead";
  for (const el of document.querySelectorAll("[data-age]")) el.hidden = el.dataset.age !== state;
}

async function unseal(passphrase) {
  const text = new TextEncoder();
  const secret = await crypto.subtle.importKey("raw", text.encode(passphrase.trim().replace(/\s+/g, " ")), "PBKDF2", false, ["deriveKey"]);
  const drawn = { name: "PBKDF2", hash: "SHA-256", salt: bytes(pack.salt), iterations: pack.rounds };
  const key = await crypto.subtle.deriveKey(drawn, secret, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const seal = { name: "AES-GCM", iv: bytes(pack.nonce), additionalData: bytes(pack.head) };
  const plain = await crypto.subtle.decrypt(seal, key, bytes(pack.sealed));
  return new Response(new Blob([plain]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

function find(box) {
  const words = box.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
  const part = box.closest("[data-lang]");
  let found = 0;
  for (const row of part.querySelectorAll("tr[data-of]")) {
    const said = row.textContent.toLowerCase();
    const close = said.replace(/\s+/g, "");
    row.hidden = !words.every((word) => said.includes(word) || close.includes(word));
    found += row.hidden ? 0 : 1;
    part.querySelector(`section[data-of="${row.dataset.of}"]`).hidden = row.hidden;
  }
  part.querySelector("[data-none]").hidden = found > 0;
}

let touched = Date.now();

function show(content) {
  by("opened").innerHTML = content;
  by("closed").remove();
  by("opened").hidden = false;
  by("close").hidden = false;
  speak();
  for (const box of document.querySelectorAll("[data-find]")) box.addEventListener("input", () => find(box));
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => {
    // All means all, whatever is being looked for.
    for (const box of document.querySelectorAll("[data-find]")) find(Object.assign(box, { value: "" }));
    print();
  });
  for (const sort of ["keydown", "pointerdown", "scroll"]) addEventListener(sort, () => (touched = Date.now()), { passive: true });
  setInterval(() => Date.now() - touched > IDLE_MINUTES * 60_000 && location.reload(), 30_000);
  by("main").focus();
}

// Sealing is to be had from a file or a protected address only, and not by browsers from before 2023.
by("cannot").hidden = Boolean(globalThis.crypto?.subtle && globalThis.DecompressionStream);

by("unlock").addEventListener("submit", async (event) => {
  event.preventDefault();
  by("wrong").hidden = true;
  by("opening").hidden = false;
  let content;
  try {
    content = await unseal(by("passphrase").value);
  } catch {
    by("opening").hidden = true;
    by("wrong").hidden = false;
    by("passphrase").select();
    return;
  }
  show(content);
});
by("close").addEventListener("click", () => location.reload());
by("language").addEventListener("click", () => {
  lang = lang === "fr" ? "en" : "fr";
  speak();
});
addEventListener("keydown", (event) => {
  const box = document.querySelector(`[data-lang="${lang}"] [data-find]`);
  if (event.key !== "/" || !box || event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  box.focus();
});
speak();
tell();
setInterval(tell, 10_000);
