// Texts of others are texts: no script of theirs runs, no element of theirs appears, nothing is asked
// from elsewhere. And each route refuses whoever is not this page.
import { request } from "node:http";
import { expect, Lab } from "./lab.mjs";

export const about = "hostile texts stay texts; every route refuses strangers";

const TEXTS = [
  "<script>alert('planted')</script>", "<img src=x onerror=alert('planted')>", "<svg/onload=alert('planted')>",
  "javascript:alert('planted')", "\"><iframe src=http://evil.example></iframe>", "${alert('planted')}",
  "{{constructor.constructor('alert(\"planted\")')()}}", "<a href='javascript:alert(`planted`)'>x</a>",
  "<style>*{display:none}</style>", "</textarea><script>alert('planted')</script>",
  "<math><mtext></mtext><mglyph><svg><mtext><style><img src onerror=alert('planted')></style></mtext></svg></mglyph></math>",
  "\u202Etxet", "&lt;script&gt;alert('planted')&lt;/script&gt;", "<base href=//evil.example>", "%3Cscript%3Ealert('planted')%3C/script%3E",
  "<form action=//evil.example><input name=x></form>", "[x](javascript:alert('planted'))", "<meta http-equiv=refresh content=0;url=//evil.example>",
  "__proto__", "constructor",
];
const TYPES = ["cycle", "idea", "bright_spot", "story", "learning_question", "appreciation", "decision"];

/** A document of a type with a hostile text wherever a text may stand. */
function fill(schema, text) {
  if (schema["x-input"] === "ref" || schema["x-input"] === "date" || schema.enum) return undefined;
  if (schema.type === "string") return text.slice(0, schema.maxLength ?? 1000);
  if (schema.type === "array") {
    const item = fill(schema.items, text);
    return item === undefined ? undefined : [schema.items.type === "object" ? { ...item, id: "a1" } : item];
  }
  if (schema.type !== "object") return undefined;
  const out = {};
  for (const [name, field] of Object.entries(schema.properties || {})) {
    const value = name === "id" ? undefined : fill(field, text);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

async function texts(lab, school) {
  let made = 0;
  for (const type of TYPES) {
    const schema = school.api("GET", `/v1/schemas/${type}`);
    for (const text of TEXTS) {
      const sections = Object.fromEntries(Object.entries(schema.properties || {}).map(([name, section]) =>
        [name, fill(section, text)]).filter(([, value]) => value));
      let answer = school.net("POST", "/records", { type, sections });
      if (answer.error) answer = school.net("POST", "/records", { type, sections: { head: { ...sections.head } } });
      if (answer.record) made++;
    }
  }
  expect("most of them are records", made >= TEXTS.length * 3, made);
  const page = await lab.open(school);
  const elements = "main script, main iframe, main style, main base, main form[action], main math, main meta, a[href^='javascript:']";
  for (const hash of ["#/", "#/cycles", ...TYPES.map((type) => `#/list/${type}`), "#/search/planted"]) {
    await page.evaluate((to) => { location.hash = to; }, hash);
    await lab.rest(page);
    expect(`no element of theirs at ${hash}`, await page.locator(elements).count() === 0);
  }
  for (const type of TYPES) {
    for (const record of school.net("GET", `/records?type=${type}&limit=6`).items) {
      await page.evaluate((to) => { location.hash = to; }, `#/record/${record.id}`);
      await lab.rest(page);
      expect("no element of theirs in a record", await page.locator(elements).count() === 0);
    }
  }
  return made;
}

function ask(port, method, path, headers) {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", method, path, setHost: false, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode));
    });
    asked.on("error", reject);
    asked.end(method === "GET" ? undefined : "{}");
  });
}

async function strangers(lab, school) {
  const page = await lab.open(school);
  const cookies = (await page.context().cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
  const host = `127.0.0.1:${school.page}`;
  const { items } = school.api("GET", "/v1/routes");
  const before = school.net("GET", "/status").counts;
  let n = 0;
  for (const route of items) {
    const path = route.path.replace("{network}", "main").replace(/\{\w+\}/g, "abcd1234");
    const rows = [
      ["without the cookie", { Host: host }],
      ["by another Host", { Host: "evil.example", Cookie: cookies }],
      ["with two Hosts", [["Host", host], ["Host", "evil.example"], ["Cookie", cookies]].flat()],
      ...(route.method === "GET" ? [] : [["from another page", { Host: host, Cookie: cookies,
        Origin: "http://evil.example", "Content-Type": "application/json" }]]),
    ];
    for (const [what, headers] of rows) {
      const status = await ask(school.page, route.method, path, headers);
      expect(`${route.method} ${route.path} ${what}`, status >= 400 && status < 500, status);
      n++;
    }
  }
  const after = school.net("GET", "/status").counts;
  expect("nothing has changed", JSON.stringify(before) === JSON.stringify(after));
  return n;
}

export async function play() {
  const lab = new Lab();
  try {
    await lab.browse();
    const school = (await lab.school("Lincoln").start()).init();
    const made = await texts(lab, school);
    const refused = await strangers(lab, school);
    expect("nothing that it should not", lab.seen.length === 0, [...new Set(lab.seen)].slice(0, 5).join("\n"));
    return `${made} records of hostile texts, ${refused} requests of strangers`;
  } finally {
    await lab.end();
  }
}
