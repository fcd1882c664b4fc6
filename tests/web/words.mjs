// Every word stands in every language, and every word that a screen says is one of them.
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "./lab.mjs";

export const about = "every word in every language";
const folder = new URL("../../client/web/", import.meta.url);

export async function play() {
  const { words: en } = await import(new URL("words-en.js", folder));
  const { words: es } = await import(new URL("words-es.js", folder));
  const own = Object.keys(es).filter((name) => !name.startsWith("type:"));
  const missing = Object.keys(en).filter((name) => !own.includes(name));
  const extra = own.filter((name) => !(name in en));
  expect("Spanish has what English has", missing.length + extra.length === 0, [...missing, ...extra].join(", "));
  for (const name of own) {
    const places = (text) => (text.match(/\{\w+\}/g) || []).sort().join();
    const parts = (text) => text.split("|").length;
    expect(`the places of "${name}"`, places(en[name].split("|").pop()) === places(es[name].split("|").pop()));
    expect(`one and many of "${name}"`, parts(en[name]) === parts(es[name]));
    expect(`"${name}" is translated`, es[name].trim() !== "");
  }
  const said = new Set();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".js") && !name.startsWith("words"))) {
    const text = readFileSync(new URL(file, folder), "utf8");
    for (const [, name, more] of text.matchAll(/\bt\(\s*"([^"]+)"(\s*\+)?/g)) if (!more) said.add(name);
    for (const [, name] of text.matchAll(/"(nav\.[a-z]+)"/g)) said.add(name);
  }
  const unknown = [...said].filter((name) => !(name in en));
  expect("what screens say is a word", unknown.length === 0, unknown.join(", "));
  return `${own.length} words, ${said.size} said`;
}
