// Passkeys: asks the server for its question, the device for its answer, and posts that as a form. Everything is decided by
// the server; without this script the other ways stay.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function answer(form) {
  const asked = new URLSearchParams();
  for (const name of ["aim", "invitation", "back"]) asked.set(name, form.elements[name].value);
  const said = await fetch("/sign-in/passkey/begin", { method: "POST", body: asked });
  if (!said.ok) {
    // The server's own page says why, and what to do.
    location.assign(said.headers.get("x-opor-help") ?? "/sign-in/help");
    return undefined;
  }
  const question = await said.json();
  const key = { ...question.publicKey, challenge: bytes(question.publicKey.challenge) };
  if (question.sort === "create") {
    key.user = { ...key.user, id: bytes(key.user.id) };
    key.excludeCredentials = key.excludeCredentials.map((held) => ({ ...held, id: bytes(held.id) }));
    const made = await navigator.credentials.create({ publicKey: key });
    return { id: made.rawId, client: made.response.clientDataJSON, data: made.response.attestationObject };
  }
  const used = await navigator.credentials.get({ publicKey: key });
  const { clientDataJSON: client, authenticatorData: data, signature } = used.response;
  return { id: used.rawId, client, data, signature };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    form.hidden = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = form.querySelector("[data-stopped]");
    told.textContent = "";
    try {
      const parts = await answer(form);
      if (!parts) return;
      for (const [name, buffer] of Object.entries(parts)) form.elements[name].value = text(buffer);
      form.submit();
    } catch {
      told.textContent = told.dataset.stopped;
    }
  });
}
