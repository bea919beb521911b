// Somebody who applies for access, page by page, with what they press and type counted (JOURNEYS 2.6, the bar).
import { BASE, fail, inspect } from "./support.mjs";

/** Clicks and fills of the applicant at most. */
export const CLICKS = 16;
export const FILLS = 5;
/** Who applies in each language: in the synthetic register, and in nobody's other application. */
export const WHO = {
  en: { address: "nora.plaice", licence: "P-1001", family: "Plaice", name: "Nora Plaice" },
  fr: { address: "ines.smelt", licence: "P-1004", family: "Smelt", name: "Ines Smelt" },
};
/** The right choice of each first scene, by its code. */
const RIGHT = { "neighbour-1": 2, "own-1": 1, "screen-1": 3, "enough-1": 2, "withheld-1": 1, "mistake-1": 3 };

export class Applicant {
  /** `code` gives the latest code that was mailed to an address; pictures are taken where `shots` says so. */
  constructor(page, lang, { address, code, shots = true, who = WHO[lang] }) {
    Object.assign(this, { page, address, code, shots, who, tag: lang === "fr" ? ".fr" : "", clicks: 0, fills: 0 });
  }

  async click(locator) {
    this.clicks += 1;
    await locator.click();
  }

  async write(name, text) {
    this.fills += 1;
    await this.page.locator(`[name=${name}]`).fill(text);
  }

  async look(name) {
    if (this.shots) await inspect(this.page, `${name}${this.tag}`, { shot: `${name}${this.tag}` });
  }

  main() {
    return this.page.locator("main button.main");
  }

  /** From the first page to an application that is sent; `paper` when the forms follow on paper. */
  async apply({ paper = false } = {}) {
    const { page, who } = this;
    await page.goto(`${BASE}/join`);
    await this.look("join");
    await this.write("address", this.address);
    await this.click(this.main());
    await page.waitForURL(/\/join\/code/);
    await this.look("join-code");
    await this.write("code", await this.code(this.address));
    await this.click(this.main());
    await page.waitForURL(/\/join\/application/);
    await this.look("join-licence");
    await this.write("licence", who.licence);
    await this.write("family", who.family);
    await this.click(this.main());
    await page.locator("[name=place]").first().waitFor();
    await this.look("join-workplaces");
    if ((await page.locator("[name=place]:checked").count()) !== 1) fail(`join${this.tag}`, "the register's place is not picked");
    await this.click(this.main());
    await page.locator("[name=method]").first().waitFor();
    await this.look("join-way");
    // By the register's number, or in French by video where the desk holds calls: one click either way.
    const times = page.locator("form[action='/join/meeting'] [name=at]");
    const isVideo = this.tag && (await times.count()) > 0;
    await this.click(isVideo ? times.first() : page.locator("[name=method][value=call-back]"));
    for (let n = 0; n < 6; n += 1) {
      const scene = await page.locator("[name=scene]").getAttribute("value");
      if (n === 0) await this.look("join-scene");
      await this.click(page.locator(`[name=choice][value="${RIGHT[scene]}"]`));
      await page.locator(`[name=scene]:not([value=${scene}]), [name=signature]`).first().waitFor({ state: "attached" });
    }
    await this.look("join-sign");
    await this.click(page.locator("[name=read]").nth(0));
    await this.click(page.locator("[name=read]").nth(1));
    if (paper) {
      await this.click(page.locator("button[name=paper]"));
    } else {
      await this.write("signature", who.name);
      await this.click(this.main());
    }
    await page.locator("ol.chain").waitFor();
    await this.look("join-status");
  }

  /** Fails where more was pressed or typed than the bar allows. */
  counted() {
    if (this.clicks > CLICKS || this.fills > FILLS) fail("journey 2.6", `${this.clicks} clicks and ${this.fills} fills, the bar is ${CLICKS} and ${FILLS}`);
    return `${this.clicks} clicks, ${this.fills} fills`;
  }
}
