// The page: which screen shows, the way between them, and the line that tells when kithd is gone.
import { html, render, useEffect, useState } from "./vendor.js";
import { get } from "./api.js";
import { begin, onChange, onReach } from "./live.js";
import { Fault, link } from "./parts.js";
import { t } from "./words.js";
import { Today } from "./today.js";
import { Cycles } from "./cycles.js";
import { Ideas } from "./ideas.js";
import { List, Search, Types } from "./list.js";
import { Record } from "./record.js";
import { New, Write } from "./write.js";
import { Share } from "./share.js";
import { Buddies } from "./buddies.js";
import { Measure, Measures } from "./measures.js";
import { Network, Report } from "./network.js";
import { Trust } from "./trust.js";
import { Cards } from "./invites.js";
import { Run } from "./protocol.js";
import { Begin, Joining } from "./setup.js";

// name of the first part of the hash -> what shows, given the parts that follow
const SCREENS = {
  "": ({ me }) => html`<${Today} me=${me} />`,
  cycles: () => html`<${Cycles} />`,
  ideas: () => html`<${Ideas} />`,
  list: ({ parts }) => html`<${List} key=${parts[0]} type=${parts[0]} />`,
  types: () => html`<${Types} />`,
  search: ({ parts }) => html`<${Search} words=${parts[0]} />`,
  record: ({ parts }) => html`<${Record} key=${parts[0]} id=${parts[0]} />`,
  new: ({ parts }) => html`<${New} key=${parts[0]} type=${parts[0]} />`,
  write: ({ parts }) => html`<${Write} key=${parts.join()} id=${parts[0]} section=${parts[1]} />`,
  share: ({ parts }) => html`<${Share} key=${parts[0]} id=${parts[0]} />`,
  buddies: () => html`<${Buddies} />`,
  measures: () => html`<${Measures} />`,
  measure: ({ parts }) => html`<${Measure} key=${parts[0]} id=${parts[0]} />`,
  network: () => html`<${Network} />`,
  report: ({ parts }) => html`<${Report} key=${parts[0]} name=${parts[0]} />`,
  join: ({ me, again }) => html`<${Joining} me=${me} again=${again} />`,
  run: ({ parts }) => html`<${Run} key=${parts[0]} id=${parts[0]} />`,
  invites: ({ me }) => html`<${Cards} me=${me} />`,
  trust: ({ me, again }) => html`<${Trust} me=${me} again=${again} />`,
};
// The way: words, where it leads, which screens it stands for, and whether a school alone has it.
const WAY = [
  ["nav.today", [], ["", "search"], true],
  ["nav.cycles", ["cycles"], ["cycles"], true],
  ["nav.ideas", ["ideas"], ["ideas", "list/idea"], true],
  ["nav.spots", ["list", "bright_spot"], ["list/bright_spot"], true],
  ["nav.buddies", ["buddies"], ["buddies", "share"], false],
  ["nav.measures", ["measures"], ["measures", "measure"], true],
  ["nav.network", ["network"], ["network", "report"], false],
  ["nav.more", ["types"], ["types"], true],
  ["nav.trust", ["trust"], ["trust", "invites"], true],
];

const plain = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand
  }
};
const partsOf = (hash) => hash.replace(/^#\/?/, "").split("/").map(plain);

function usePlace() {
  const [place, move] = useState(partsOf(location.hash));
  useEffect(() => {
    const moved = () => {
      move(partsOf(location.hash));
      scrollTo(0, 0);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return place;
}

function Way({ place, member }) {
  const at = [place[0], place.slice(0, 2).join("/")];
  return html`<nav class="way" aria-label=${t("nav")}><ul>${WAY.filter((row) => member || row[3]).map(
    ([words, to, screens]) => html`<li key=${words}><a href=${link(...to)}
      aria-current=${screens.some((one) => at.includes(one)) ? "page" : undefined}>${t(words)}</a></li>`)}
    ${!member && html`<li><a href=${link("join")} aria-current=${place[0] === "join" ? "page" : undefined}>${
      t("nav.join")}</a></li>`}</ul></nav>`;
}

function Reach() {
  const [reached, tell] = useState("here");
  useEffect(() => onReach(tell), []);
  return html`<p class="reach" role="status">${reached === "here" ? "" : t(reached)}</p>`;
}

/** {version, me} of the daemon; asked again when the school joins or is named. */
function useMe() {
  const [me, set] = useState({});
  const again = async () => {
    try {
      const version = await get("/v1/version");
      const networks = version.initialised ? (await get("/v1/networks")).items : [];
      set({ version, me: networks[0], error: null });
    } catch (error) {
      set((old) => ({ ...old, error }));
    }
  };
  useEffect(() => {
    again();
    return onChange((name) => ["joined", "membership", "reset"].includes(name) && again());
  }, []);
  return [me, again];
}

function App() {
  const place = usePlace();
  const [{ version, me, error }, again] = useMe();
  if (!version) return error ? html`<${Fault} error=${error} />` : null;
  if (!me) return html`<${Reach} /><main>${html`<${Begin} again=${again} />`}</main>`;
  const screen = SCREENS[place[0]] || SCREENS[""];
  const member = me.state === "member";
  return html`<a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      document.querySelector("h1")?.focus();
    }}>${t("nav.skip")}</a>
    <header class="top"><a class="home" href=${link()}><strong>${me.school.name}</strong><span>${
      me.title || t("alone")}</span></a>
      <form role="search" onSubmit=${(event) => {
        event.preventDefault();
        location.hash = link("search", new FormData(event.target).get("words"));
      }}><input type="search" name="words" aria-label=${t("search.title")} placeholder=${t("search.title")} /></form>
    </header><${Reach} /><${Way} place=${place} member=${member} />
    <main id="main">${screen({ me, parts: place.slice(1), again })}</main>`;
}

begin();
const app = document.getElementById("app");
app.replaceChildren();
render(html`<${App} />`, app);
