// Signing in by a provider that others wrote (npm oidc-provider) through the real binary: who is let in, and every way of
// not being who one seems. OPOR names the binary.
import { Browser, Live, freePort } from "./live.mjs";
import { Provider } from "oidc-provider";
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";

const failures = [];
let checks = 0;
const check = (what, is, because = "") => {
  checks += 1;
  if (!is) failures.push(`${what} ${because}`);
};

const [key, stranger] = [await generateKeyPair("RS256", { extractable: true }), await generateKeyPair("RS256")];
const jwk = { ...(await exportJWK(key.privateKey)), kid: "k1", use: "sig", alg: "RS256" };

/** A provider whose next token can be about anybody, and changed in any way. */
async function provider(port, redirect) {
  const issuer = `http://127.0.0.1:${port}`;
  const next = { sub: "sam", amr: ["pwd", "mfa"], change: (claims) => claims, key: key.privateKey, moved: false };
  const made = new Provider(issuer, {
    clients: [{ client_id: "opor", client_secret: "a-secret-of-the-test", redirect_uris: [redirect], token_endpoint_auth_method: "client_secret_post" }],
    jwks: { keys: [jwk] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ["test"] },
  });
  made.use(async (ctx, goOn) => {
    if (ctx.path.startsWith("/interaction/")) {
      const { params, prompt, grantId } = await made.interactionDetails(ctx.req, ctx.res);
      const grant = grantId ? await made.Grant.find(grantId) : new made.Grant({ accountId: next.sub, clientId: params.client_id });
      grant.addOIDCScope("openid");
      const login = { accountId: next.sub, amr: next.amr, remember: false };
      const result = prompt.name === "login" ? { login, consent: { grantId: await grant.save() } } : { consent: { grantId: await grant.save() } };
      return made.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
    }
    if (ctx.path === "/token" && next.moved) {
      ctx.status = 307;
      ctx.set("location", "http://127.0.0.1:9/elsewhere");
      return undefined;
    }
    await goOn();
    if (ctx.path === "/token" && ctx.body?.id_token) {
      const claims = { ...decodeJwt(ctx.body.id_token), email: "sam.tern@clinic.example" };
      if (next.amr) claims.amr = next.amr;
      const changed = next.change(claims);
      ctx.body.id_token = await new SignJWT(changed).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(next.key);
    }
    return undefined;
  });
  const server = await new Promise((resolve) => {
    const listening = made.listen(port, "127.0.0.1", () => resolve(listening));
  });
  return { issuer, next, close: () => server.close() };
}

const [port, plainPort, entraPort, provincePort, silentPort] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
const redirect = `http://localhost:${port}/sign-in/back`;
const [plain, entra, province] = [await provider(plainPort, redirect), await provider(entraPort, redirect), await provider(provincePort, redirect)];
/** How sure the provincial account is of whom it vouches for; it says nothing of factors. */
const SURE = "urn:ns:assurance:3";
const table = (id, issuer, more) =>
  `[[sign_in.issuer]]\nid = "${id}"\nname = "${id}"\nissuer = "${issuer}"\nclient_id = "opor"\nclient_secret_file = "SECRET"\n${more}\n`;
const settings = [
  table("plain", plain.issuer, 'domains = ["clinic.example"]'),
  table("entra", entra.issuer, 'kind = "entra"'),
  // The province's account belongs to no domain: whoever has one signs in with an address from anywhere.
  table("province", province.issuer, `second_factor = []\nassurance = ["${SURE}"]`),
  table("silent", `http://127.0.0.1:${silentPort}`, ""),
].join("\n");
const fs = await import("node:fs");
const secretFile = `${fs.mkdtempSync("/tmp/opor-secret-")}/secret`;
fs.writeFileSync(secretFile, "a-secret-of-the-test\n");
const live = new Live(port, settings.replaceAll("SECRET", secretFile));

const somebody = (address, name) => ["--address", address, "--name", name, "--role", "family-doctor", "--place", "harbourview", "--community"];
const invitation = live.account("make", ...somebody("sam.tern@clinic.example", "Tern, Sam"));
const guest = live.account("make", ...somebody("jo.heron@clinic.example", "Heron, Jo"));
const resident = live.account("make", ...somebody("lee.wren@home.example", "Wren, Lee"));
check("invitations are printed", invitation.startsWith("/sign-in/invited/") && guest !== invitation);
await live.start();

const at = (path) => `${live.portal}${path}`;
const bind = (id, invitation) => ({ at: at(`/sign-in/with/${id}`), form: { aim: "bind", invitation: invitation.split("/").at(-1), back: "/" } });
const code = (page) => page.text.match(/class="id"[^>]*>([a-z-]+)</)?.[1];
const isIn = async (browser) => {
  const page = await browser.go(at("/account"));
  if (!page.url.includes("/account/statements")) return page.status === 200 && !page.url.includes("/sign-in");
  // Nothing opens before the statements in force were read.
  const fields = [...page.text.matchAll(/name="(form|nsh|iwk)" value="([^"]+)"/g)].map(([, name, value]) => [name, value]);
  await browser.ask(at("/account/statements"), { method: "POST", body: new URLSearchParams(fields) });
  return (await browser.ask(at("/account"))).status === 200;
};
const start = (id) => at(`/sign-in/with/${id}`);
const reset = (of) => Object.assign(of.next, { sub: "sam", amr: ["pwd", "mfa"], change: (claims) => claims, key: key.privateKey, moved: false });

/** Goes to an address, or sends a form and goes on as a browser does. */
async function lead(browser, to) {
  if (typeof to === "string") return browser.go(to);
  const body = new URLSearchParams(to.form);
  const answer = await browser.ask(to.at, { method: "POST", body, headers: { "sec-fetch-site": "same-origin" } });
  const on = answer.headers.get("refresh")?.replace(/^0; url=/, "");
  return on ? browser.go(on) : { status: answer.status, text: await answer.text(), url: to.at };
}

/** Signs in anew, and gives the code of the refusal; `in` when there was none. */
async function tryIt(url) {
  const browser = new Browser();
  const page = await lead(browser, url);
  return (await isIn(browser)) ? "in" : (code(page) ?? `status ${page.status} at ${page.url}`);
}
const expect = async (what, url, wanted) => {
  const got = await tryIt(url);
  check(what, got === wanted, `led to ${got}, not ${wanted}`);
};

try {
  // Nobody by default, and nothing that tells who has an account.
  await expect("an identity that nobody invited", start("plain"), "not-linked");
  const way = async (address) => (await fetch(at("/sign-in/way"), { method: "POST", body: new URLSearchParams({ address }) })).text();
  const clean = (text) => text.replaceAll(/\s+/g, " ");
  check("known and unknown addresses are answered alike", clean(await way("sam.tern@clinic.example")) === clean(await way("nobody@clinic.example")));
  check("a look-alike domain is nobody's", !(await way("sam@clinic.example.evil")).includes("/sign-in/with/plain?") || (await way("sam@clinic.example.evil")).includes("/sign-in/with/entra?"));
  const everywhere = clean(await way("nobody@home.example"));
  check("an address of no organisation is shown every way", ["plain", "entra", "province"].every((id) => everywhere.includes(`/sign-in/with/${id}?`)));
  check("who has a provincial account is not told apart from who has none", clean(await way("lee.wren@home.example")) === everywhere);
  const atClinic = clean(await way("lee.wren@clinic.example"));
  check("an organisation's address leads to it alone", atClinic.includes("/sign-in/with/plain?") && !atClinic.includes("/sign-in/with/province?"));
  const seat = await fetch(at("/sign-in"), { method: "POST", body: new URLSearchParams({ persona: "cairnwood" }), redirect: "manual" });
  check("no persona signs in", seat.status === 404, `but got ${seat.status}`);
  const entry = await (await fetch(at("/sign-in"))).text();
  check("the entry asks for no password", !/type="password"/i.test(entry) && entry.includes("passkey"));

  // The invitation ties, once.
  const sam = new Browser();
  const welcome = await sam.go(at(invitation));
  check("the invitation opens", welcome.status === 200 && welcome.text.includes("Tern, Sam"));
  plain.next.amr = ["pwd"];
  await expect("no second factor ties nothing", bind("plain", invitation), "no-second-factor");
  reset(plain);
  const linked = await sam.go(`${start("plain")}?aim=bind&invitation=${invitation.split("/").at(-1)}`);
  check("the link of another site ties nothing", linked.status === 403, `but got ${linked.status}`);
  const foreign = bind("plain", invitation);
  const forged = await sam.ask(foreign.at, { method: "POST", body: new URLSearchParams(foreign.form), headers: { origin: "http://elsewhere.example" } });
  check("the form of another site ties nothing", forged.status === 403, `but got ${forged.status}`);
  await lead(sam, bind("plain", invitation));
  check("the invitation ties the identity and lets its holder in", await isIn(sam));
  await expect("the same invitation again", bind("plain", invitation), "invitation-over");
  await expect("an invitation that was written by hand", bind("plain", invitation.replace(/\.1\./, ".2.")), "invitation-over");
  await expect("who is tied comes in", start("plain"), "in");

  // Everything about the token must be right. Its address is Sam's in every one of them.
  plain.next.sub = "mallory";
  await expect("the same address with another subject", start("plain"), "not-linked");
  reset(plain);
  plain.next.amr = ["pwd"];
  await expect("no second factor", start("plain"), "no-second-factor");
  reset(plain);
  const wrong = {
    "a wrong nonce": (claims) => ({ ...claims, nonce: "other" }),
    "no nonce": ({ nonce, ...claims }) => claims,
    "another audience": (claims) => ({ ...claims, aud: "somebody" }),
    "a look-alike issuer": (claims) => ({ ...claims, iss: `${claims.iss}.evil.example` }),
    "an end that has passed": (claims) => ({ ...claims, iat: claims.iat - 4000, exp: claims.iat - 3000 }),
    "a time to come": (claims) => ({ ...claims, iat: claims.iat + 4000, exp: claims.iat + 5000 }),
  };
  for (const [what, change] of Object.entries(wrong)) {
    plain.next.change = change;
    await expect(what, start("plain"), "token-unusable");
  }
  reset(plain);
  plain.next.key = stranger.privateKey;
  await expect("a key that is not the provider's", start("plain"), "token-unusable");
  reset(plain);
  plain.next.moved = true;
  await expect("a redirect with the code is not followed", start("plain"), "provider-silent");
  reset(plain);
  await expect("a provider that is not there", start("silent"), "provider-silent");

  // The way back is taken once, by the browser that began it.
  const once = new Browser();
  const stopped = await once.go(start("plain"), (url) => url.startsWith(redirect));
  const stolen = await new Browser().go(stopped.url);
  check("the way back of another browser", code(stolen) === "came-back-late", code(stolen));
  const first = await once.go(stopped.url);
  check("the way back is taken", first.status === 200 && (await isIn(once)), `${first.status} ${code(first)}`);
  const again = await once.go(stopped.url);
  check("the way back is taken once", code(again) === "came-back-late", code(again));
  const cancels = new Browser();
  const asked = await cancels.go(start("plain"), (url) => url.startsWith(plain.issuer));
  const state = new URL(asked.url).searchParams.get("state");
  const cancelled = await cancels.go(`${redirect}?error=access_denied&state=${state}`);
  check("who cancels there is told so", code(cancelled) === "stopped-there", code(cancelled));
  const question = new URL(asked.url).searchParams;
  check("the question carries PKCE, state and nonce", question.get("code_challenge_method") === "S256" && [state, question.get("nonce")].every((it) => it?.length === 64));
  check("the question asks for nothing but who it is", question.get("scope") === "openid");

  // Entra: tenant and object id, and another home behind the same object waits for a new verification.
  const tenant = "11111111-2222-3333-4444-555555555555";
  const as = (oid, idp) => {
    entra.next.change = (claims) => ({ ...claims, tid: tenant, oid, idp });
  };
  as("object-1", "live.com");
  const jo = new Browser();
  await lead(jo, bind("entra", guest));
  check("a guest is tied by tenant and object", await isIn(jo));
  await expect("the guest comes in", start("entra"), "in");
  as("object-2", "live.com");
  await expect("the same address with another object", start("entra"), "not-linked");
  as("object-1", "mail");
  await expect("a redemption that was reset", start("entra"), "identity-changed");
  check("and its sessions are over", !(await isIn(jo)));
  as("object-1", "live.com");
  await expect("the former home waits too", start("entra"), "identity-changed");

  // The provincial account beside the organisations': sure enough, of its own subjects, and no other provider's code.
  const sure = (acr) => {
    Object.assign(province.next, { sub: "sam", amr: undefined, change: (claims) => (acr ? { ...claims, acr } : claims) });
  };
  sure();
  await expect("a provincial account that is not sure ties nothing", bind("province", resident), "no-second-factor");
  sure("urn:ns:assurance:1");
  await expect("nor one that is less sure", bind("province", resident), "no-second-factor");
  sure(SURE);
  await expect("the subject of another provider is nobody here", start("province"), "not-linked");
  province.next.sub = "lee";
  const lee = new Browser();
  await lead(lee, bind("province", resident));
  check("the provincial account ties its holder", await isIn(lee));
  await expect("and lets them in", start("province"), "in");
  plain.next.sub = "lee";
  await expect("the same subject at an organisation is not them", start("plain"), "not-linked");
  reset(plain);
  // A code of one provider brought back as if it were another's (RFC 9207) proves nothing.
  const mixed = new Browser();
  const fromPlain = await mixed.go(start("plain"), (url) => url.startsWith(redirect));
  const toProvince = await mixed.go(start("province"), (url) => url.startsWith(province.issuer));
  const crossed = new URL(redirect);
  crossed.searchParams.set("code", new URL(fromPlain.url).searchParams.get("code"));
  crossed.searchParams.set("state", new URL(toProvince.url).searchParams.get("state"));
  const refusedThere = await mixed.go(crossed.href);
  check("a code of another provider lets nobody in", !(await isIn(mixed)), `${refusedThere.status} ${code(refusedThere)}`);

  // Off at once, and a new invitation ties what was verified anew.
  // The station where Sam came in first gave way to the later ones: it is locked and not over.
  const locked = await sam.ask(at("/account"));
  check("Sam's first session is locked and not over", locked.status === 403, `but got ${locked.status}`);
  await live.stop();
  const renewed = live.account("invite", "--address", "jo.heron@clinic.example");
  live.account("suspend", "--address", "sam.tern@clinic.example", "--reason", "Licence lapsed.");
  const both = live.refuses("--demo");
  check("no persona opens a record that people sign in to", both?.includes("without proof"), both);
  await live.start();
  const out = await sam.ask(at("/account"));
  check("a suspended account is out", out.headers.get("location")?.startsWith("/sign-in"), `but got ${out.status}`);
  await expect("a suspended account does not come in", start("plain"), "suspended");
  as("object-1", "mail");
  await expect("verified anew, tied anew", bind("entra", renewed), "in");

  // Help stands at the failing step, in both languages.
  for (const language of ["en", "fr"]) {
    const help = await (await fetch(at("/sign-in/help/no-second-factor"), { headers: { "accept-language": language } })).text();
    check(`help in ${language}`, help.includes(language === "en" ? "two-step" : "deux étapes"));
  }
  const log = live.log;
  check("no token, code or address is in the log", !/eyJ|code=|sam\.tern/.test(log), log.match(/.*(eyJ|code=|sam\.tern).*/)?.[0]);

  // Whoever tries and tries is slowed.
  let last = 0;
  for (let n = 0; n < 140 && last !== 429; n += 1) last = (await fetch(start("silent"), { redirect: "manual" })).status;
  check("too many tries from one source", last === 429, `ended with ${last}`);
} finally {
  if (live.server?.exitCode === null) await live.stop();
  live.remove();
  plain.close();
  entra.close();
  province.close();
}
for (const failure of failures) console.error(`FAILED: ${failure}`);
console.log(`OpenID sign-in by a third-party provider: ${checks - failures.length} of ${checks} checks`);
process.exit(failures.length === 0 ? 0 : 1);
