// A teacher's first cycle from an empty machine, to the decision; the draft through a crash.
import { expect, Lab } from "./lab.mjs";

export const about = "a first cycle from an empty machine, and its draft through a crash";

const field = (page, label) => page.getByLabel(label, { exact: false }).first();

export async function play() {
  const lab = new Lab();
  try {
    await lab.browse();
    const school = await lab.school("Lincoln").start();
    let page = await lab.open(school, { size: "phone" });
    await lab.look(page, "setup-name");
    await field(page, "Name of the school").fill("Lincoln High School");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.waitForSelector(".phrase li:nth-child(12)");
    await lab.look(page, "setup-words");
    expect("one goes on only with the words on paper",
      await page.getByRole("button", { name: "Go on" }).isDisabled());
    await page.getByLabel("The words are on paper.").check();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("link", { name: "Begin the first cycle" }).waitFor();
    await lab.look(page, "today-empty");

    await page.getByRole("link", { name: "Begin the first cycle" }).click();
    await field(page, "Title").fill("Greet at the door");
    await field(page, "Prediction").fill("Fewer will be late, because somebody waits for them");
    await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith("kith-draft/")));
    await lab.look(page, "cycle-new");
    await school.stop(); // kithd goes, and the browser too
    await page.getByLabel("Change", { exact: true }).fill("Stand at the door");
    await page.getByText("does not answer").waitFor();
    const context = page.context();
    await page.close(); // its storage stays, as on a disk
    await school.start();
    page = await lab.watch(await context.newPage(), school);
    await lab.enter(page, school);
    await page.evaluate(() => { location.hash = "#/new/cycle"; });
    await page.waitForFunction(() => document.querySelector("h1")?.textContent.includes("New"));
    expect("what was typed is there", await field(page, "Title").inputValue() === "Greet at the door");
    expect("also what was typed while kithd was away",
      await page.getByLabel("Change", { exact: true }).inputValue() === "Stand at the door");
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForSelector(".panels");
    expect("the prediction shows", await page.getByText("Fewer will be late").isVisible());
    expect("only this school reads it", await page.getByText("only this school").first().isVisible());
    await lab.look(page, "cycle-planned");

    await page.getByRole("link", { name: "Write what happened" }).click();
    await page.getByRole("button", { name: "Add" }).first().click();
    await page.getByLabel("Observation", { exact: true }).fill("Three were late, seven the week before");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "Write the study" }).click();
    expect("the prediction is beside the study", await page.getByText("Fewer will be late").first().isVisible());
    await page.getByLabel("Result", { exact: true }).fill("Three instead of seven");
    await field(page, "Matched").selectOption("yes");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "Decide" }).click();
    await page.getByLabel("Decision").selectOption("adapt");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Decided").first().waitFor();
    await lab.look(page, "cycle-decided");
    const decided = page.url();
    const [cycles] = [school.net("GET", "/records?type=cycle&mine=1").items];
    expect("adapt has opened the next", cycles.length === 2, JSON.stringify(cycles));
    expect("no draft is left", school.net("GET", "/drafts").items.length === 0,
      JSON.stringify(school.net("GET", "/drafts")));

    await page.evaluate(() => { location.hash = "#/"; });
    const note = page.locator(".quick textarea");
    await note.fill("A sign at the door will do as well");
    await page.getByRole("button", { name: "We saw" }).click();
    expect("an observation is not the prediction", await note.inputValue() === "");
    await page.getByRole("button", { name: "We predict" }).click();
    expect("which is still there", (await note.inputValue()).startsWith("A sign"));
    await school.stop();
    await school.start(); // at the same port: this tab finds it, but has no key to it
    await page.locator(".reach").getByText("type kith open").waitFor();
    expect("and through a restart", (await note.inputValue()).startsWith("A sign"));
    const again = await lab.watch(await page.context().newPage(), school);
    await lab.enter(again, school); // a fresh link, in another tab
    await again.close();
    await page.locator(".reach").getByText("type kith open").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Keep it" }).first().click();
    await page.waitForSelector(".panels");
    await page.goto(decided);
    await page.waitForSelector(".panels");
    await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: process.env.KITH_WEB_SHOTS + "/cycle-print.png", fullPage: true });
    expect("nothing that it should not", lab.seen.length === 0, lab.seen.join("\n"));
  } finally {
    await lab.end();
  }
}
