// Every screen of a network with something in it: phone and desktop, light and dark, both languages.
import { expect, Lab } from "./lab.mjs";

export const about = "every screen, in both sizes and languages, light and dark";

const WAYS = [
  { size: "desktop", scheme: "light", locale: "en" },
  { size: "phone", scheme: "dark", locale: "es" },
  { size: "phone", scheme: "light", locale: "en" },
  { size: "desktop", scheme: "dark", locale: "es" },
];

async function network(lab) {
  const [, one] = await lab.network("Lincoln");
  one.net("POST", "/buddies", { school: "Hub" });
  const cycle = one.net("POST", "/cycles", { head: { title: "Greet at the door", end: "2026-01-01" },
    plan: { questions: [{ prediction: "Fewer will be late" }] } }).record;
  one.net("POST", `/cycles/${cycle}/do`, { do: { observations: [{ text: "Three were late" }] } });
  one.net("POST", "/records", { type: "idea", sections: { head: { title: "A word at the door" } } });
  one.net("POST", "/records", { type: "bright_spot", sections: { head: { title: "Nobody is late in room 12" } } });
  const measure = one.net("POST", "/records", { type: "measure", sections: { head: { name: "Late students",
    kind: "outcome", unit: "percent", frequency: "month", numerator: "late", denominator: "enrolled" } } });
  if (measure.record) {
    one.net("POST", `/measures/${measure.record}/points`, { table: "period,numerator,denominator\n" +
      ["01,12,100", "02,11,100", "03,9,100", "04,8,100"].map((row) => "2026-" + row).join("\n") });
  }
  return { one, cycle, measure: measure.record };
}

export async function play() {
  const lab = new Lab();
  try {
    await lab.browse();
    const { one, cycle, measure } = await network(lab);
    const places = { today: "#/", cycles: "#/cycles", cycle: `#/record/${cycle}`, write: `#/write/${cycle}/study`,
      ideas: "#/ideas", ideas_list: "#/list/idea", spots: "#/list/bright_spot", buddies: "#/buddies", measures: "#/measures",
      network: "#/network", report: "#/report/states", more: "#/types", trust: "#/trust", invites: "#/invites", search: "#/search/door",
      share: `#/share/${cycle}`, new: "#/new/support_request",
      ...(measure ? { measure: `#/measure/${measure}` } : {}) };
    for (const way of WAYS) {
      const page = await lab.open(one, way);
      for (const [name, hash] of Object.entries(places)) {
        await page.evaluate((to) => { location.hash = to; }, hash);
        await lab.look(page, `${name}-${way.size}-${way.scheme}-${way.locale}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(`${name} fits ${way.size}`, wide <= 0, `${wide} px too wide`);
      }
      await page.context().close();
    }
    expect("nothing that it should not", lab.seen.length === 0, lab.seen.join("\n"));
  } finally {
    await lab.end();
  }
}
