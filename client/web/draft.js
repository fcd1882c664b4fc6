// Drafts: what is typed is kept at every keystroke, first in this browser, then sealed by kithd, so
// that neither a crash of the one nor of the other loses a word.
import { useEffect, useRef, useState } from "./vendor.js";
import { get, HERE, put, remove } from "./api.js";

const SETTLE_MS = 600; // kithd is told when the typing rests
const KEY = "kith-draft/";

const read = (name) => {
  try {
    return JSON.parse(localStorage.getItem(KEY + name));
  } catch {
    return null;
  }
};

/**
 * [value, set, drop, came]: the draft of that name, or `first`. came: it was there before.
 * what: {type, record, title} for the list of drafts.
 */
export function useDraft(name, first, what) {
  const [value, setValue] = useState(() => read(name) ?? first);
  const [came, setCame] = useState(() => read(name) !== null);
  const timer = useRef(0);
  const told = useRef(read(name) !== null); // kithd has one of that name
  const path = `${HERE}/drafts/${name}`;

  useEffect(() => {
    let here = true;
    if (read(name) !== null) return undefined;
    get(`${HERE}/drafts`)
      .then(({ items }) => (items.some((one) => one.draft === name) ? get(path) : null))
      .then((draft) => {
        if (!draft || !here || read(name) !== null) return;
        setValue(draft.body);
        setCame(true);
        told.current = true;
      })
      .catch(() => {}); // kithd is away: what this browser has is what there is
    return () => {
      here = false;
    };
  }, [name]);

  const keep = (next) => {
    told.current = true;
    return put(path, { type: what.type, record: what.record, title: what.title?.(next), body: next });
  };
  const set = (next) => {
    setValue(next);
    localStorage.setItem(KEY + name, JSON.stringify(next));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => keep(next).catch(() => {}), SETTLE_MS);
  };
  const drop = () => {
    clearTimeout(timer.current);
    localStorage.removeItem(KEY + name);
    setValue(first);
    setCame(false);
    if (told.current) remove(path).catch(() => {});
    told.current = false;
  };
  return [value, set, drop, came];
}
