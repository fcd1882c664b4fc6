// Daemons and a browser for the page's tests. BUILD is where kithd and kith lie, SHOTS where the
// screenshots go.
import { execFileSync, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(join(process.env.KITH_WEB_MODULES, "package.json"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const BUILD = process.env.KITH_BUILD;
const SHOTS = process.env.KITH_WEB_SHOTS;
const SIZES = { phone: { width: 390, height: 800 }, desktop: { width: 1200, height: 850 } };

export class Failure extends Error {}
export function expect(what, condition, shown = "") {
  if (!condition) throw new Failure(`${what}: ${shown}`);
}

/** Asks until it is so. */
export async function until(what, ask, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; !(await ask());) {
    expect(`waited ${seconds} s for ${what}`, Date.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** One data folder and, most of the time, the daemon that runs on it. */
export class School {
  constructor(lab, name) {
    this.lab = lab;
    this.name = name;
    this.folder = join(lab.folder, name.toLowerCase());
    mkdirSync(this.folder, { mode: 0o700 });
  }

  async start() {
    this.port ??= await freePort();
    this.page ??= await freePort();
    const log = openSync(this.folder + ".log", "a");
    this.process = spawn(join(BUILD, "kithd"), ["--data", this.folder, "--listen", `127.0.0.1:${this.port}`,
      "--advertise", `127.0.0.1:${this.port}`, "--page-port", String(this.page)],
      { stdio: ["ignore", log, log] });
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    for (let tries = 0; ; tries++) {
      try {
        this.kith("--json", "open");
        return this;
      } catch (error) {
        if (tries > 400) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  async stop() {
    this.process?.kill("SIGTERM");
    await this.ended;
    this.process = null;
  }

  kith(...args) {
    return execFileSync(join(BUILD, "kith"), ["--data", this.folder, ...args],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  link() {
    return JSON.parse(this.kith("--json", "open")).url;
  }

  api(method, path, body) {
    const args = ["-sS", "-X", method, "--unix-socket", join(this.folder, "kithd.sock"), "-H", "Host: kith"];
    if (body !== undefined) args.push("-H", "Content-Type: application/json", "-d", JSON.stringify(body));
    return JSON.parse(execFileSync("curl", [...args, "http://kith" + path], { encoding: "utf8" }));
  }

  net(method, path, body) {
    return this.api(method, "/v1/networks/main" + path, body);
  }

  init() {
    this.words = this.api("POST", "/v1/init", { school: this.name, device: "office PC" }).words;
    return this;
  }
}

export class Lab {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "kith-web-"));
    this.schools = [];
    this.seen = []; // what no page may do
  }

  school(name) {
    const school = new School(this, name);
    this.schools.push(school);
    return school;
  }

  /** A hub that founded a network, and members. */
  async network(...names) {
    const hub = (await this.school("Hub").start()).init();
    hub.net("POST", "/found", { title: "A network", phrase: hub.words });
    const members = [];
    for (const name of names) {
      const school = (await this.school(name).start()).init();
      const { code } = hub.net("POST", "/invites", { note: name, approve_automatically: true });
      school.net("POST", "/join", { code, phrase: school.words });
      await until(`${name} to be a member`, () => school.net("GET", "").state === "member");
      members.push(school);
    }
    return [hub, ...members];
  }

  async browse() {
    this.browser = await chromium.launch({ executablePath: process.env.KITH_CHROMIUM || "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  }

  /** A page of a school in a browser of its own: at a size, in a language, light or dark. */
  async open(school, { size = "desktop", locale = "en", scheme = "light" } = {}) {
    const context = await this.browser.newContext({ viewport: SIZES[size], locale, colorScheme: scheme });
    const page = await this.watch(await context.newPage(), school);
    await this.enter(page, school);
    return page;
  }

  /** Whatever this page does that none may is noted. */
  async watch(page, school) {
    page.setDefaultTimeout(10000);
    const own = `http://127.0.0.1:${school.page}/`;
    page.on("pageerror", (error) => this.seen.push(`an error: ${error.message}`));
    page.on("console", (message) => {
      const away = /ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|status of 4/.test(message.text());
      if (message.type() === "error" && !away) this.seen.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(own)) this.seen.push(`asked ${request.url()}`);
    });
    page.on("dialog", (dialog) => {
      if (dialog.message().includes("planted")) this.seen.push("a script ran");
      dialog.accept();
    });
    return page;
  }

  /** By a fresh link, which leads on to the page itself. */
  async enter(page, school) {
    await page.goto(school.link());
    await page.waitForURL((url) => url.pathname === "/");
    await page.waitForSelector("h1");
  }

  /** Until nothing on the screen is awaited any more: its stream of events never ends. */
  async rest(page) {
    await page.waitForFunction(() => document.querySelector("main h1, h1") &&
      !document.querySelector("main .loading"));
  }

  /** No violation of axe's rules, and a picture for people to look at. */
  async look(page, name) {
    await this.rest(page);
    await page.screenshot({ path: join(SHOTS, name + ".png"), fullPage: true });
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
      resultTypes: ["violations"] }));
    expect(`axe on ${name}`, violations.length === 0, violations.map((one) =>
      `${one.id}: ${one.help}\n  ${one.nodes.slice(0, 3).map((node) => node.html + " " +
        (node.any[0]?.message || "")).join("\n  ")}`).join("\n"));
  }

  async end() {
    await this.browser?.close();
    for (const school of this.schools) school.process?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
