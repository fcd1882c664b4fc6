// A first cycle with the keyboard alone: everything is reached by Tab, in an order that makes sense,
// and what has the focus can be seen.
import { expect, Lab } from "./lab.mjs";

export const about = "a first cycle by the keyboard alone";

const TABS_MAX = 60;

/** What has the focus: its label or its words. */
const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  const label = at.labels?.[0]?.textContent || at.getAttribute("aria-label") || at.textContent || "";
  return label.replace(/\s+/g, " ").replace(" *", "").trim();
});

/** Presses Tab until the focus is there. */
async function reach(page, name) {
  const seen = [];
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    await page.keyboard.press("Tab");
    seen.push(await focused(page));
    if (seen.at(-1) === name) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      expect(`the focus on "${name}" can be seen`, outline !== "none", outline);
      return;
    }
  }
  expect(`Tab reaches "${name}"`, false, seen.join(" | "));
}

async function enter(page, name) {
  await reach(page, name);
  await page.keyboard.press("Enter");
}

async function type(page, name, text) {
  await reach(page, name);
  await page.keyboard.type(text);
}

export async function play() {
  const lab = new Lab();
  try {
    await lab.browse();
    const school = (await lab.school("Lincoln").start()).init();
    const page = await lab.open(school);
    await page.keyboard.press("Tab");
    await enter(page, "Begin the first cycle");
    await page.waitForSelector("form.write");
    await type(page, "Title", "Greet at the door");
    await type(page, "Prediction", "Fewer will be late");
    await enter(page, "Save");
    await page.waitForSelector(".panels");
    await enter(page, "Write what happened");
    await page.waitForSelector("form.write");
    await enter(page, "Add");
    await type(page, "Observation", "Three were late");
    await enter(page, "Save");
    await page.waitForSelector(".panels");
    await enter(page, "Write the study");
    await page.waitForSelector("form.write");
    await type(page, "Result", "Three instead of seven");
    await enter(page, "Save");
    await page.waitForSelector(".panels");
    await enter(page, "Decide");
    await page.waitForSelector("form.write");
    await type(page, "Decision", "adopt");
    await enter(page, "Save");
    await page.getByText("Decided").first().waitFor();
    const [cycle] = school.net("GET", "/records?type=cycle&mine=1&full=1").items;
    expect("all of it is kept", cycle.state === "decided" && cycle.sections.act.decision === "adopt",
      JSON.stringify(cycle.sections));
    expect("nothing that it should not", lab.seen.length === 0, lab.seen.join("\n"));
  } finally {
    await lab.end();
  }
}
