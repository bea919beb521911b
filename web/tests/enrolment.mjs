// Journey 2.6 in the demo: a pharmacist applies for access, a coordinator verifies who it is, the workplace says yes, the
// account is ready; in both languages, within its bars, every page free of axe findings. Then the pages of those who keep
// access: managers, the mailbox, detection, breaches, retention, tips.
//   BASE_URL=http://127.0.0.1:8080 OUT=../docs/screens node tests/enrolment.mjs
import { Applicant, WHO } from "./applicant.mjs";
import { BASE, PHONE, answered, fail, finish, inspect, reader, step } from "./support.mjs";

const mails = async (page) => {
  await page.goto(`${BASE}/join/mails`);
  return page.locator(`article.card`).allInnerTexts();
};
/** Takes a seat of the demo by the id of its persona. */
const sit = async (page, persona) => {
  await page.goto(`${BASE}/sign-in`);
  await page.locator(`form.seat:has(input[value=${persona}]) button`).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
};

for (const lang of ["en", "fr"]) {
  const tag = lang === "fr" ? ".fr" : "";
  const who = WHO[lang];
  // Each run of the same demo is somebody else at the same licence.
  const address = `${who.address}.${Date.now()}@harbourview.example`;
  await step(`journey 2.6 (${lang})`, async () => {
    const { context, page } = await reader({ lang });
    const other = await reader({ lang });
    await page.goto(`${BASE}/join`);
    await page.locator("[name=address]").fill("office@harbourview.example");
    await page.locator("main button.main").click();
    await page.locator(".note, [role=status], [role=alert]").first().waitFor();
    if (new URL(page.url()).pathname !== "/join") fail(`join${tag}`, "a shared mailbox is taken");

    const code = async (to) => {
      const sent = (await mails(other.page)).find((text) => text.includes(to));
      const code = sent?.match(/\b\d{6}\b/)?.[0];
      if (!code) throw new Error("no code was mailed");
      return code;
    };
    const applicant = new Applicant(page, lang, { address, code });
    await applicant.apply();
    console.log(`      ${applicant.counted()}`);

    // The workplace says yes by one click.
    const asked = (await mails(other.page)).find((text) => text.includes(who.family) && text.includes("/join/yes/"));
    await other.page.goto(BASE + asked.match(/\/join\/yes\/\S+/)[0]);
    await inspect(other.page, `join yes${tag}`, { shot: `join-yes${tag}` });
    await other.page.locator("[name=answer][value=yes]").click();
    await other.page.locator(".note.ok").waitFor();

    // The coordinator calls the number in the register.
    await sit(other.page, "heron");
    await other.page.goto(`${BASE}/applications`);
    await inspect(other.page, `applications${tag}`, { shot: `applications${tag}` });
    await other.page.locator(`main a:has-text("${who.family}")`).first().click();
    await other.page.locator("form[action$=verify]").waitFor();
    await inspect(other.page, `application${tag}`, { shot: `application${tag}` });
    await other.page.locator("form[action$=verify] [name=method][value=call-back]").check();
    await other.page.locator("form[action$=verify] [name=evidence]").fill("She answered and named her licence");
    await other.page.locator("form[action$=verify] button").click();
    await other.page.waitForURL(/done=yes/);
    await inspect(other.page, `application ready${tag}`, { shot: `application-ready${tag}` });

    await page.goto(`${BASE}/join/application`);
    await page.locator(".note.ok").first().waitFor();
    await inspect(page, `join ready${tag}`, { shot: `join-ready${tag}` });
    await page.setViewportSize(PHONE);
    await inspect(page, `join ready${tag} on a phone`);
    await context.close();
    await other.context.close();
  });

  await step(`the forms on paper, and the mailbox (${lang})`, async () => {
    const { context, page } = await reader({ lang });
    const other = await reader({ lang });
    const on_paper = `paper.${who.address}.${Date.now()}@harbourview.example`;
    const code = async (to) => (await mails(other.page)).find((text) => text.includes(to)).match(/\b\d{6}\b/)[0];
    const applicant = new Applicant(page, lang, { address: on_paper, code, shots: false });
    await applicant.apply({ paper: true });
    await page.goto(`${BASE}/join/forms`);
    await inspect(page, `join forms${tag}`, { shot: `join-forms${tag}` });
    await sit(other.page, "heron");
    await other.page.goto(`${BASE}/mailbox`);
    await inspect(other.page, `mailbox${tag}`, { shot: `mailbox${tag}` });
    await context.close();
    await other.context.close();
  });

  await step(`who keeps access (${lang})`, async () => {
    const { context, page } = await reader({ lang });
    await page.goto(`${BASE}/tips`);
    await inspect(page, `tips${tag}`, { shot: `tips${tag}` });
    await page.locator("[name=text]").fill("Somebody at the clinic reads charts of people who are not there.");
    await answered(page, () => page.locator("main form button").first().click());
    await inspect(page, `tip given${tag}`, { shot: `tip-given${tag}` });
    await sit(page, "marsh");
    await page.goto(`${BASE}/people`);
    await inspect(page, `people${tag}`, { shot: `people${tag}` });
    // Whoever decides meanwhile is looked for by name.
    await page.locator("#away-who").fill("pia her");
    await page.locator("form#naming button").click();
    await page.waitForURL(/who=pia/);
    if ((await page.locator("[name=user]").count()) !== 1) fail("people", "a name does not find one person");
    await page.locator("[name=user][value=heron]").check();
    await inspect(page, `people named${tag}`, { shot: `people-named${tag}` });
    const desk = await reader({ lang });
    await sit(desk.page, "wren");
    await desk.page.goto(`${BASE}/detection`);
    await inspect(desk.page, `detection${tag}`, { shot: `detection${tag}` });
    // A tip that names somebody opens a case.
    const tip = desk.page.locator("form[action^='/detection/tips/']").first();
    await tip.locator("[name=answer]").fill("It is looked into");
    await tip.locator("[name=about]").fill("cairnwood");
    await answered(desk.page, () => tip.locator("button").first().click());
    await desk.page.goto(`${BASE}/detection`);
    await desk.page.locator("main a[href^='/breaches/']").first().click();
    await desk.page.waitForURL(/\/breaches\//);
    await inspect(desk.page, `breach${tag}`, { shot: `breach${tag}` });
    await desk.page.goto(`${BASE}/retention`);
    await inspect(desk.page, `retention${tag}`, { shot: `retention${tag}` });
    await context.close();
    await desk.context.close();
  });
}
await finish();
