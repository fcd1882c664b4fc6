// What a screen shows of the daemon: asked for once, kept while somebody looks, and asked for again
// when something changed. A screen that comes back shows what it had, at once.
import { useEffect, useState } from "./vendor.js";
import { get } from "./api.js";
import { onChange } from "./live.js";

const SOON_MS = 120; // changes come in bursts
const KEPT_MAX = 60;
const kept = new Map(); // path -> {data, error, asked, lookers}; asked: the question under way
let timer = 0;

function entryOf(path) {
  let entry = kept.get(path);
  if (!entry) {
    entry = { data: null, error: null, asked: null, lookers: new Set() };
    kept.set(path, entry);
    for (const [old, other] of kept) {
      if (kept.size <= KEPT_MAX) break;
      if (other.lookers.size === 0 && old !== path) kept.delete(old);
    }
  }
  return entry;
}

function load(path) {
  const entry = entryOf(path);
  const mine = get(path)
    .then((data) => [data, null])
    .catch((error) => [entry.data, error]) // what was there stays to be seen
    .then(([data, error]) => {
      if (entry.asked !== mine) return; // a later question is under way
      entry.asked = null;
      entry.data = data;
      entry.error = error;
      for (const look of entry.lookers) look((n) => n + 1);
    });
  entry.asked = mine;
  return mine;
}

/** {data, error} of a path; both null until it was answered. path null: nothing is asked. */
export function useGet(path) {
  const [, look] = useState(0);
  useEffect(() => {
    if (!path) return undefined;
    const entry = entryOf(path);
    entry.lookers.add(look);
    if (!entry.asked) load(path);
    return () => entry.lookers.delete(look);
  }, [path]);
  return path ? entryOf(path) : { data: null, error: null };
}

/** Asks again for all that is being looked at. */
export function refresh() {
  const asked = [];
  for (const [path, entry] of kept) {
    if (entry.lookers.size > 0) asked.push(load(path));
    else kept.delete(path); // out of date
  }
  return Promise.all(asked);
}

onChange((name) => {
  if (name === "job") return;
  clearTimeout(timer);
  timer = setTimeout(refresh, SOON_MS);
});
