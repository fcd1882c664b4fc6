// Two schools become buddies, one shares what failed, the other answers: each sees it as it happens.
import { expect, Lab, until } from "./lab.mjs";

export const about = "two buddies, live; a school by invite and four words; a school removed";

const go = (page, hash) => page.evaluate((to) => { location.hash = to; }, hash);

/** By the pages alone: an invitation, the four words compared, let in. */
async function joins(lab, hub, hubPage) {
  const school = (await lab.school("Washington").start()).init();
  const page = await lab.open(school, { size: "phone" });
  await go(hubPage, "#/trust");
  await hubPage.getByLabel("For whom").fill("Washington");
  await hubPage.getByRole("button", { name: "Make an invitation" }).click();
  const code = await hubPage.getByLabel("Invitation code").inputValue();
  await page.getByRole("link", { name: "Join a network" }).click();
  await page.getByLabel("Invitation", { exact: true }).fill(code);
  await page.getByLabel("The twelve words").first().fill(school.words);
  await page.getByRole("button", { name: "Ask to join" }).click();
  await hubPage.getByText("Washington asks to join").waitFor();
  await page.locator(".four-words").waitFor();
  const [asked, shown] = [await hubPage.locator(".four-words").textContent(),
    await page.locator(".four-words").textContent()];
  expect("both see the same four words", asked === shown && asked.split(" ").length === 4, `${asked} / ${shown}`);
  await lab.look(hubPage, "trust-request");
  await lab.look(page, "join-waiting");
  await hubPage.getByRole("button", { name: "let them in" }).click();
  await page.getByRole("link", { name: "Network", exact: true }).waitFor(); // without a reload
  return school;
}

/** A roster, pasted with its heading and from a file: an invitation each, on cards. */
async function invited(lab, hub, hubPage) {
  await go(hubPage, "#/trust");
  const roster = hubPage.getByLabel("Invitations for many schools");
  await roster.fill("School\tTown\nCleveland\tNorth\nLincoln\tEast\n\nCleveland\tSouth\n");
  await hubPage.getByRole("button", { name: "Make 2 invitations" }).click();
  await hubPage.getByText("1 invitation made. 1 had one or are in.").waitFor(); // Lincoln is a member
  await hubPage.locator('input[type="file"]').setInputFiles({ name: "roster.csv", mimeType: "text/csv",
    buffer: Buffer.from("\uFEFFname,town\r\n\"Adams, North\",N\r\nCleveland,N\r\n<b>Monroe</b>;E\r\n") });
  await until("the file to be read", async () =>
    await roster.inputValue() === "Adams, North\nCleveland\n<b>Monroe</b>");
  await hubPage.getByRole("button", { name: "Make 3 invitations" }).click();
  await hubPage.getByText("2 invitations made. 1 had one or are in.").waitFor();
  const open = hub.net("GET", "/invites").items.filter((one) => one.state === "open");
  const notes = open.map((one) => one.note).sort().join("|");
  expect("each school has one invitation", notes === "<b>Monroe</b>|Adams, North|Cleveland", notes);
  await hubPage.getByRole("link", { name: "Invitations to print" }).click();
  await hubPage.locator(".card").nth(2).waitFor();
  await lab.look(hubPage, "invites");
  const codes = await hubPage.locator(".card-code").allTextContents();
  expect("and a card with its code", codes.sort().join() === open.map((one) => one.code).sort().join());
  await hubPage.emulateMedia({ media: "print" });
  await hubPage.screenshot({ path: process.env.KITH_WEB_SHOTS + "/invites-print.png", fullPage: true });
  expect("print shows the cards alone", !await hubPage.locator(".way").isVisible());
  await hubPage.emulateMedia({ media: null });
}

async function removed(hubPage, school) {
  await go(hubPage, "#/trust");
  const line = hubPage.locator("li.line", { hasText: "Washington" });
  await line.getByRole("button", { name: "Remove" }).click();
  await line.getByText("removed").waitFor();
  await until("Washington to know", () => school.net("GET", "").state === "ended");
}

export async function play() {
  const lab = new Lab();
  try {
    await lab.browse();
    const [hub, one, other] = await lab.network("Lincoln", "Roosevelt");
    const [onePage, otherPage, hubPage] = [await lab.open(one), await lab.open(other, { size: "phone" }),
      await lab.open(hub)];
    await go(onePage, "#/buddies");
    await go(otherPage, "#/buddies");
    const choice = onePage.getByLabel("Ask a school to be a buddy");
    await choice.locator("option", { hasText: "Roosevelt" }).waitFor({ state: "attached" });
    await choice.selectOption({ label: "Roosevelt" });
    await onePage.getByRole("button", { name: "Ask", exact: true }).click();
    await otherPage.getByRole("button", { name: "Accept" }).click(); // it appears by itself
    await until("the two to be buddies", () => one.net("GET", "/buddies").items[0]?.state === "accepted");

    const cycle = one.net("POST", "/cycles", { head: { title: "Call home in the first week" },
      plan: { questions: [{ prediction: "Half will pick up" }] } }).record;
    await go(onePage, `#/share/${cycle}`);
    await onePage.getByRole("button", { name: "Our buddies" }).click();
    await onePage.getByText("This is what Roosevelt will read").waitFor();
    expect("the prediction is on the screen", await onePage.getByText("Half will pick up").isVisible());
    await lab.look(onePage, "share-screen");
    await onePage.getByRole("button", { name: "Share it" }).click();
    await go(otherPage, "#/buddies");
    await otherPage.getByRole("link", { name: "Call home in the first week" }).first().click();
    await otherPage.getByRole("button", { name: "question" }).click();
    await otherPage.getByLabel("Your feedback").fill("Who called, and when?");
    await otherPage.getByRole("button", { name: "Send" }).click();
    await onePage.getByText("Who called, and when?").waitFor({ timeout: 20000 }); // it comes by itself
    await lab.look(onePage, "feedback-live");
    await onePage.getByLabel("answer").fill("The class teacher, before supper");
    await onePage.getByRole("button", { name: "Send" }).click();
    await otherPage.getByText("The class teacher, before supper").waitFor({ timeout: 20000 });

    const school = await joins(lab, hub, hubPage);
    await removed(hubPage, school);
    await invited(lab, hub, hubPage);

    await go(onePage, "#/network");
    await onePage.getByRole("img", { name: "2 of 2 schools are connected to ours now" }).waitFor();
    await lab.look(onePage, "network-map");
    await other.stop();
    await onePage.getByRole("img", { name: "1 of 2 schools are connected to ours now" }).waitFor();
    expect("nothing that it should not", lab.seen.length === 0, lab.seen.join("\n"));
  } finally {
    await lab.end();
  }
}
