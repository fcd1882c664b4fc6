// The words of the page. A language is one file with every word; the test compares them.
import { words as en } from "./words-en.js";
import { words as es } from "./words-es.js";

export const LANGUAGES = { en: "English", es: "Español" };
const ALL = { en, es };
const KEY = "kith-language";

function chosen() {
  const kept = localStorage.getItem(KEY);
  if (kept in ALL) return kept;
  return (navigator.language || "en").startsWith("es") ? "es" : "en";
}

export let language = chosen();
document.documentElement.lang = language;

export function choose(name) {
  language = name;
  localStorage.setItem(KEY, name);
  document.documentElement.lang = name;
}

/** The words of a name, with {places} filled in. n chooses between "one|many". */
export function t(name, places = {}) {
  let text = ALL[language][name] ?? en[name] ?? name;
  if ("n" in places && text.includes("|")) text = text.split("|")[places.n === 1 ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}

/** The words of a name that kithd knows too: ours in this language, else what it said. */
export function named(name, text) {
  return ALL[language][name] ?? text;
}

/** What a schema says, in this language: words of the record types are under "type:". */
export function said(text) {
  return text ? (ALL[language]["type:" + text] ?? text) : "";
}

const MINUTE = 60, HOUR = 3600, DAY = 86400;

/** "3 days ago" of a time; a date after a month. */
export function ago(time) {
  if (!time) return t("never");
  const seconds = Math.max(0, (Date.now() - Date.parse(time)) / 1000);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (seconds < MINUTE) return t("just now");
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return relative.format(-Math.floor(seconds / HOUR), "hour");
  if (seconds < 30 * DAY) return relative.format(-Math.floor(seconds / DAY), "day");
  return new Date(time).toLocaleDateString(language, { dateStyle: "medium" });
}

export function day(date) {
  if (!date) return "";
  return new Date(date + "T12:00:00").toLocaleDateString(language, { dateStyle: "medium" });
}
