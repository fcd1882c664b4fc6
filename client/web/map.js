// The map of who heard from whom: this school in the middle, the others around it, and a line for each
// way that what we shared took. The table beneath it says the same in words.
import { html } from "./vendor.js";
import { t } from "./words.js";

const WIDE = 440, HIGH = 320, RX = 150, RY = 110; // of the drawing: the names stay legible on a phone
const SCHOOLS_MAX = 24; // more names would lie on each other
const NAME_MAX = 16;

const short = (name) => (name.length > NAME_MAX ? name.slice(0, NAME_MAX - 1) + "…" : name);

/** school id -> {x, y}, from the right round, in the order given. */
function places(schools) {
  return new Map(schools.map((school, i) => {
    const angle = (2 * Math.PI * i) / schools.length;
    return [school.id, { x: WIDE / 2 + RX * Math.cos(angle), y: HIGH / 2 + RY * Math.sin(angle) }];
  }));
}

const way = (one) => (one.connected ? "now" : one.at ? "before" : "never");

/** heard, reached: of the status (docs/API.md). */
export function HeardMap({ me, heard, reached }) {
  if (heard.length === 0 || heard.length > SCHOOLS_MAX) return null;
  const at = places(heard.map((one) => one.school));
  const middle = { x: WIDE / 2, y: HIGH / 2 };
  const carried = reached.filter((one) => one.through && at.has(one.through.id) && at.has(one.school.id));
  const line = (from, to, kind, key) => html`<line key=${key} class=${"way-" + kind} x1=${from.x} y1=${from.y}
    x2=${to.x} y2=${to.y} />`;
  const node = (place, name, kind, key) => html`<g key=${key}><circle class=${kind} cx=${place.x} cy=${place.y}
    r="7" /><text x=${place.x} y=${place.y + (place.y < HIGH / 2 - 1 ? -14 : 24)} text-anchor="middle">${
    short(name)}</text></g>`;
  return html`<figure class="map"><svg viewBox=${`0 0 ${WIDE} ${HIGH}`} role="img" aria-label=${
      t("map.title", { n: heard.filter((one) => one.connected).length, of: heard.length })}>
    ${heard.map((one) => line(middle, at.get(one.school.id), way(one), one.school.id))}
    ${carried.map((one) => line(at.get(one.through.id), at.get(one.school.id), "carried", "by" + one.school.id))}
    ${heard.map((one) => node(at.get(one.school.id), one.school.name, way(one), one.school.id))}
    ${node(middle, me, "me", "me")}</svg>
    <figcaption class="quiet">${t("map.legend")}${carried.length > 0 && " " + t("map.carried")}</figcaption></figure>`;
}
