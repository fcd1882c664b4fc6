// How fast the page is with 10,000 records: by hand, on a release build (tests/web/run build/bench speed).
import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, Lab, until } from "./lab.mjs";

export const about = "first paint, and each screen by a click, with 10,000 records";

const RECORDS = 10000, ROUNDS = 5, PAINT_MS = 300, CLICK_MS = 100;
const middle = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** From the change of the address until the screen stands there with what was asked for. */
const click = (page, hash) => page.evaluate((to) => new Promise((done) => {
  const begin = performance.now();
  location.hash = to;
  const look = () => {
    const there = document.querySelector("main h1") && !document.querySelector("main .loading");
    if (there) requestAnimationFrame(() => done(performance.now() - begin));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}), hash);

export async function play() {
  const lab = new Lab();
  const made = mkdtempSync(join(tmpdir(), "kith-speed-"));
  try {
    execFileSync(join(process.env.KITH_BUILD, "tests/bench/bench_store"),
      [made, "2", String(RECORDS), "0", "127.0.0.1:9"], { stdio: "inherit" });
    const school = lab.school("Hub");
    rmSync(school.folder, { recursive: true });
    renameSync(join(made, "school-0"), school.folder);
    await school.start();
    await until("the projection", () => school.net("GET", "/status").counts.records >= RECORDS, 120);
    await lab.browse();
    const page = await lab.open(school);
    const paints = [];
    for (let round = 0; round < ROUNDS; round++) {
      await page.reload();
      await lab.rest(page);
      paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
    }
    const record = school.net("GET", "/records?type=cycle&limit=1").items[0].id;
    const rows = [["first paint", middle(paints), PAINT_MS]];
    for (const hash of ["#/", "#/cycles", "#/ideas", "#/list/bright_spot", `#/record/${record}`, "#/buddies",
      "#/network", "#/report/states", "#/trust", "#/new/cycle"]) {
      const times = [];
      for (let round = 0; round < ROUNDS; round++) {
        await click(page, "#/search");
        times.push(await click(page, hash));
      }
      rows.push([hash.replace(record, "ID"), middle(times), CLICK_MS]);
    }
    for (const [what, ms, most] of rows) {
      console.log(`${what.padEnd(22)}${ms.toFixed(0).padStart(6)} ms${ms > most ? `   over ${most}` : ""}`);
    }
    expect("nothing that it should not", lab.seen.length === 0, lab.seen.join("\n"));
  } finally {
    await lab.end();
    rmSync(made, { recursive: true, force: true });
  }
}
