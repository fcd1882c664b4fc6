// A team runs a meeting by a protocol: the minutes of each step, a pause, a reload, what came of it.
import { expect, Lab, until } from "./lab.mjs";

export const about = "a meeting by a protocol, with its minutes, through a reload";

export async function play() {
  const lab = new Lab();
  try {
    await lab.browse();
    const school = (await lab.school("Lincoln").start()).init();
    const { record } = school.net("POST", "/records", { type: "protocol", sections: {
      head: { title: "Tuning", before: "Bring one piece of work" },
      steps: { list: [{ id: "a", what: "Present", minutes: 5, who: "Presenter", prompt: "What did you try?" },
        { id: "b", what: "Warm and cool", minutes: 10 }, { id: "c", what: "Thanks" }] } } });
    const page = await lab.open(school, { size: "phone" });
    await page.clock.install({ time: new Date("2026-03-02T09:00:00") });
    await page.evaluate((id) => { location.hash = "#/record/" + id; }, record);
    await page.getByRole("link", { name: "Run it" }).click();
    const clock = page.getByRole("timer");
    const SLACK_S = 25; // the page's time also goes by itself
    const seconds = async () => {
      if (await clock.count() === 0) return NaN;
      const [, minutes, rest, over] = /(\d+):(\d\d)( over)?/.exec(await clock.textContent());
      return (over ? -1 : 1) * (60 * Number(minutes) + Number(rest));
    };
    const shows = (left) => until(`the clock to show ${left} s`, async () => {
      const now = await seconds();
      return now <= left && now > left - SLACK_S;
    });
    await shows(300);
    await page.getByRole("button", { name: "Start" }).click();
    await page.clock.fastForward("02:00");
    await shows(180);
    await lab.look(page, "protocol-step");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Go on" }).waitFor();
    const paused = await seconds();
    await page.clock.fastForward("10:00");
    await page.reload();
    await until("the pause to last", async () => await seconds() === paused);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.clock.fastForward("00:30");
    await page.reload();
    await shows(150); // it goes on through a reload
    await page.clock.fastForward("03:00");
    await shows(-30);
    await lab.look(page, "protocol-over");
    await page.getByRole("button", { name: "Next step" }).click();
    await shows(600);
    await page.getByRole("button", { name: "Next step" }).click();
    expect("a step without minutes has no clock", await clock.count() === 0);
    await page.getByRole("button", { name: "The end" }).click();
    await page.getByRole("button", { name: "Write what came of it" }).click();
    await page.getByLabel("Decided").fill("Call on Mondays");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Call on Mondays").waitFor();
    const [run] = school.net("GET", "/records?type=protocol_run").items;
    expect("the run is a record of its own", run?.title === "Tuning", JSON.stringify(run));
    await page.evaluate((id) => { location.hash = "#/run/" + id; }, record);
    await page.getByRole("button", { name: "Start" }).waitFor(); // the next meeting begins anew
    expect("nothing that it should not", lab.seen.length === 0, lab.seen.join("\n"));
  } finally {
    await lab.end();
  }
}
