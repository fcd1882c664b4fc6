// The two validators side by side. usage: check.mjs BUILD KITH-VECTORS SCHEMAS [--seed N]
// [--rounds N] [--planted]

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { FAULT_NAMES, Rng, goodDocument, someType, spoil, spoilTop } from "./generate.mjs";

const [build, program, folder, ...options] = process.argv.slice(2);
const option = (name, otherwise) => (options.includes(name) ? Number(options[options.indexOf(name) + 1]) : otherwise);
const seed = option("--seed", 2026), rounds = option("--rounds", 30);
const require = createRequire(join(build, "package.json"));
const Ajv = require("ajv/dist/2020.js").default;

// --- the published words that the standard does not have, once more and on their own ---

function isDay(text) {
  const parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (parts === null) return false;
  const [year, month, date] = parts.slice(1).map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return month >= 1 && month <= 12 && date >= 1 && date <= days[month - 1];
}
const isRef = (text) => /^[0-9a-f]{64}\/[0-9a-f]{32}$/.test(text);

function validator(wrong = {}) {
  const ajv = new Ajv({ strict: false, ownProperties: true, allErrors: false, ...wrong.options });
  ajv.addKeyword({
    keyword: "x-input", type: "string", schemaType: "string",
    validate: (input, text) => (input === "date" ? isDay(text) : input === "ref" ? isRef(text) : true),
  });
  ajv.addKeyword({
    keyword: "x-merge", type: "array",
    validate: (kind, list) => {
      const ids = list.map((item) => item?.id).filter((id) => typeof id === "string");
      return new Set(ids).size === ids.length;
    },
  });
  return ajv;
}

// Every section is an object, also one that the type does not know.
const published = (schema) =>
  schema.additionalProperties === false ? schema : { ...schema, additionalProperties: { type: "object" } };

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// A null in a section is a field that is not there.
function asRead(document) {
  if (!isObject(document)) return document;
  return Object.fromEntries(Object.entries(document).map(([name, section]) => [
    name,
    isObject(section) ? Object.fromEntries(Object.entries(section).filter(([, value]) => value !== null)) : section,
  ]));
}

// --- our side ---

function ours(requests) {
  const input = requests.map((request) => JSON.stringify(request) + "\n").join("");
  const run = spawnSync(program, [], { input, encoding: "utf8", maxBuffer: 1 << 30 });
  const answers = run.stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  if (run.status !== 0 || answers.length !== requests.length) {
    console.error(run.stderr);
    throw new Error(`kith-vectors: status ${run.status}, ${answers.length} answers to ${requests.length} requests`);
  }
  return answers;
}

// --- the cases ---

function casesOf(rng, schema, type, n) {
  const cases = [];
  for (let i = 0; i < n; i++) {
    const document = goodDocument(rng, schema);
    cases.push({ schema, type, document, kind: "good" });
    for (const fault of FAULT_NAMES) {
      const spoilt = spoil(rng, document, schema, fault);
      if (spoilt !== undefined) cases.push({ schema, type, document: spoilt, kind: fault });
    }
    cases.push({ schema, type, document: spoilTop(rng, document, schema), kind: "top" });
  }
  return cases;
}

const rng = new Rng(seed);
const types = readdirSync(folder).filter((name) => name.endsWith(".json")).sort()
  .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
const cases = types.flatMap((schema) => casesOf(rng, schema, schema.title, rounds));
for (let i = 0; i < rounds * 5; i++) cases.push(...casesOf(rng, someType(rng), null, 3));
const answers = ours(cases.map(({ schema, type, document }) =>
  type === null ? { op: "schema", schema, document } : { op: "schema", type, document }));

// What ajv says of a case, with the schemas as they are published or with a mistake put in.
function judge(wrong = {}) {
  const ajv = validator(wrong), compiled = new Map();
  return ({ schema, document }) => {
    if (!compiled.has(schema)) {
      compiled.set(schema, ajv.compile(published(wrong.change ? wrong.change(structuredClone(schema)) : schema)));
    }
    return compiled.get(schema)(wrong.raw ? document : asRead(document));
  };
}

const differs = (answer, theirs) => "error" in answer || "schema" in answer || (answer.result === "OK") !== theirs;

// --- mistakes, one at a time: each must show ---

function everywhere(schema, change) {
  change(schema);
  for (const member of Object.values(schema.properties ?? {})) everywhere(member, change);
  if (schema.items) everywhere(schema.items, change);
  return schema;
}
const bound = (word, by) => ({
  name: `${word} ${by > 0 ? "+" : ""}${by}`,
  change: (schema) => everywhere(schema, (s) => { if (typeof s[word] === "number") s[word] = Math.max(0, s[word] + by); }),
});
const dropped = (word) => ({ name: `no ${word}`, change: (schema) => everywhere(schema, (s) => { if (typeof s[word] !== "object" || Array.isArray(s[word])) delete s[word]; }) });
const PLANTED = [
  bound("maxLength", 1), bound("maxLength", -1), bound("minLength", 1), bound("minLength", -1),
  bound("maximum", 1), bound("maximum", -1), bound("minimum", 1), bound("maxItems", 1), bound("maxItems", -1),
  bound("minItems", 1), bound("multipleOf", 1),
  dropped("required"), dropped("enum"), dropped("const"), dropped("additionalProperties"), dropped("minimum"), dropped("multipleOf"),
  dropped("x-input"), dropped("x-merge"), dropped("type"), dropped("maxLength"), dropped("minItems"),
  { name: "units, not code points", options: { unicode: false, logger: false } },
  { name: "a null counts", raw: true },
  { name: "an integer is any number", change: (schema) => everywhere(schema, (s) => { if (s.type === "integer") s.type = "number"; }) },
  { name: "inherited members count", options: { ownProperties: false } },
];

if (options.includes("--planted")) {
  let missed = 0;
  for (const wrong of PLANTED) {
    const theirs = judge(wrong);
    const at = cases.findIndex((one, i) => differs(answers[i], theirs(one)));
    console.log(`${at >= 0 ? `found  ${wrong.name}, in document ${at + 1}` : `MISSED ${wrong.name}`}`);
    if (at < 0) missed++;
  }
  console.log(`${PLANTED.length} planted mistakes, ${missed} missed`);
  process.exit(missed === 0 ? 0 : 1);
}

// --- the comparison ---

const theirs = cases.map(judge());
const differ = [...cases.keys()].filter((i) => differs(answers[i], theirs[i]));
for (const i of differ.slice(0, 10)) {
  const { type, schema, document, kind } = cases[i];
  console.log(`${type ?? JSON.stringify(schema)} (${kind}): ajv ${theirs[i] ? "takes" : "refuses"}, ours ${JSON.stringify(answers[i])}`);
  console.log(`  ${JSON.stringify(document).slice(0, 600)}`);
}
const good = answers.filter((answer) => answer.result === "OK").length, bad = answers.length - good;
const reached = new Map();
cases.forEach(({ kind }, i) => {
  if (answers[i].result !== "OK") reached.set(kind, (reached.get(kind) ?? 0) + 1);
});
const unreached = [...FAULT_NAMES, "top"].filter((kind) => (reached.get(kind) ?? 0) < 20);
console.log(`seed ${seed}: ${types.length} types and ${rounds * 5} made up, ${answers.length} documents: ` +
  `${good} good, ${bad} bad, ${differ.length} judged differently`);
const byType = new Map(types.map((t) => [t.title, 0]));
cases.forEach(({ type }) => { if (type !== null) byType.set(type, byType.get(type) + 1); });
let status = differ.length === 0 ? 0 : 1;
// A comparison that looked at little proves little.
if (good < 3000 || bad < 3000 || types.length < 30 || [...byType.values()].some((n) => n < 100)) {
  console.log("too few documents were compared");
  status = 1;
}
if (unreached.length > 0) {
  console.log(`faults that hardly ever made a bad document: ${unreached.join(", ")}`);
  status = 1;
}
process.exit(status);
