// Passkeys in Chromium, by its virtual authenticator, against a record that people sign in to by proof: from the invitation
// to the list of one's own sessions. OPOR names the binary.
import { Live, freePort } from "./live.mjs";

const port = await freePort();
process.env.BASE_URL = `http://localhost:${port}`;
const { BASE, browser, device, fail, finish, inspect, reader } = await import("./support.mjs");
const live = new Live(port, "");
const invitation = live.account("make", "--address", "sam.tern@clinic.example", "--name", "Tern, Sam", "--role", "family-doctor", "--place", "harbourview", "--community");
await live.start();

const check = (what, is) => is || fail("passkeys", what);
const press = (page, name) => page.getByRole("button", { name }).click();

try {
  const { page } = await reader();
  const phone = await device(page);
  await page.goto(`${BASE}/sign-in`);
  check("the entry stands", (await page.getByRole("heading", { level: 1 }).textContent()).includes("Already have access"));
  await inspect(page, "sign-in with an account", { shot: "sign-in-account" });

  // A device without a passkey of ours is told to choose another way.
  await page.goto(`${BASE}${invitation}`);
  await inspect(page, "invitation", { shot: "sign-in-invited" });
  await page.getByLabel("Name of this device").fill("Work telephone");
  await press(page, "Make a passkey on this device");
  await page.waitForURL((url) => url.pathname === "/account/statements");
  await inspect(page, "privacy statements", { shot: "account-statements" });
  await press(page, "I have read this and keep to it");
  await page.waitForURL((url) => url.pathname === "/first-patient");
  await page.getByRole("link", { name: /Go straight to the record/ }).click();
  await page.waitForURL(`${BASE}/`);
  check("the invitation leads in", await page.locator("div.who").textContent().then((text) => text.includes("Tern, Sam")));

  // The invitation is used up.
  const again = await page.goto(`${BASE}${invitation}`);
  check("the invitation holds once", again.status() === 403 && (await page.content()).includes("invitation-over"));

  // Out, and in by the passkey: nobody is asked for a name.
  await page.goto(`${BASE}/account`);
  await press(page, "Sign out");
  await page.waitForURL(`${BASE}/sign-in`);
  const begun = Date.now();
  await press(page, "Sign in with a passkey");
  await page.waitForURL(`${BASE}/`);
  console.log(`signed in by a passkey in ${Date.now() - begun} ms`);

  // One's own sign-in, from a second device at once.
  const second = await reader();
  const { credentials } = await phone.session.send("WebAuthn.getCredentials", { authenticatorId: phone.authenticatorId });
  check("one passkey was made", credentials.length === 1);
  const tablet = await device(second.page);
  await tablet.session.send("WebAuthn.addCredential", { authenticatorId: tablet.authenticatorId, credential: { ...credentials[0], signCount: credentials[0].signCount + 100 } });
  await second.page.goto(`${BASE}/sign-in`);
  await press(second.page, "Sign in with a passkey");
  await second.page.waitForURL(`${BASE}/`);
  await second.page.goto(`${BASE}/account`);
  check("both sessions are listed", (await second.page.getByRole("button", { name: "End this one" }).count()) === 1);
  check("the passkey is listed", (await second.page.content()).includes("Work telephone"));
  await inspect(second.page, "own sign-in", { shot: "account" });
  await press(second.page, "End this one");
  await second.page.waitForURL(`${BASE}/account`);
  await page.goto(`${BASE}/account`);
  check("the ended session asks who it is", page.url().startsWith(`${BASE}/sign-in`));

  // A copy of the key whose counter lags behind is refused, and so is a holder whom the device did not verify.
  await page.goto(`${BASE}/sign-in`);
  await press(page, "Sign in with a passkey");
  await page.waitForURL(`${BASE}/sign-in/passkey`);
  check("a copied key is refused", (await page.content()).includes("passkey-refused"));
  await page.goto(`${BASE}/sign-in`);
  await phone.verify(false);
  await press(page, "Sign in with a passkey");
  await page.locator("[data-stopped]", { hasText: "did not finish" }).waitFor();

  // A fresh proof, in French.
  await second.page.goto(`${BASE}/lang?to=fr&back=/account/prove`);
  check("the proof is asked for in French", (await second.page.content()).includes("Montrez que c’est bien vous"));
  await press(second.page, "Se connecter avec une clé d’accès");
  await second.page.getByText("Vous avez montré").waitFor();
  await inspect(second.page, "proof, French", { shot: "account-prove.fr" });

  // Without script the page says which other way there is.
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const quiet = await plain.newPage();
  await quiet.goto(`${BASE}/sign-in`);
  check("without script another way is named", (await quiet.content()).includes("Sign in with your organisation"));
  await quiet.goto(`${BASE}/sign-in/help`);
  check("each refusal has help", (await quiet.locator("section.card").count()) >= 15);
  await plain.close();
} catch (error) {
  fail("passkeys", error.stack);
} finally {
  await live.stop();
  live.remove();
}
await finish();
console.log("passkeys in Chromium are as they must be");
