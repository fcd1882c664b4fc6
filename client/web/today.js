// Today: what waits for this team, what is new, and a quick word on what happened.
import { html, useState } from "./vendor.js";
import { HERE, post } from "./api.js";
import { Act, Empty, go, link, Load, RecordLine, State, Title, When } from "./parts.js";
import { refresh, useGet } from "./data.js";
import { useDraft } from "./draft.js";
import { t } from "./words.js";

const OPEN = ["planned", "doing", "studying"];
const STEP = { draft: "plan", planned: "do", doing: "study", studying: "act" };

// kind of note -> keeps it, and gives the record that it is in
const KEEP = {
  predict: (text) => post(`${HERE}/cycles`, {
    head: { title: text.split(/[.\n]/)[0].slice(0, 120) }, plan: { questions: [{ prediction: text }] } }),
  saw: (text, cycle) => post(`${HERE}/cycles/${cycle.id}/do`, { do: { observations: [{ text }] } }),
};

/** The text of one kind of note: what is typed stays with its kind. */
function Note({ what, cycle }) {
  const [text, set, drop] = useDraft("quick-" + what, "", { type: "cycle", title: (text) => text });
  const save = async () => {
    const made = await KEEP[what](text, cycle);
    drop();
    if (what === "predict") go("record", made.record);
    await refresh();
  };
  return html`<textarea rows="2" value=${text} aria-label=${t("quick." + what)}
      placeholder=${t("quick." + what + ".prompt")} onInput=${(event) => set(event.target.value)} />
    <${Act} kind="primary" label=${t("quick.save")} does=${save} disabled=${text.trim() === ""} />`;
}

/** One field: a prediction for a new test, or an observation on one that runs. */
function Quick({ cycles }) {
  const [what, choose] = useState("predict");
  const running = cycles.filter((cycle) => OPEN.includes(cycle.state));
  const [target, aim] = useState("");
  const cycle = running.find((one) => one.id === target) || running[0];
  return html`<section class="quick" aria-label=${t("quick.title")}>
    <div class="choices" role="group" aria-label=${t("quick.title")}>
      <button type="button" aria-pressed=${what === "predict"}
        onClick=${() => choose("predict")}>${t("quick.predict")}</button>
      <button type="button" aria-pressed=${what === "saw"} disabled=${running.length === 0}
        onClick=${() => choose("saw")}>${t("quick.saw")}</button></div>
    ${what === "saw" && running.length > 1 && html`<select aria-label=${t("quick.which")}
      value=${cycle?.id} onChange=${(event) => aim(event.target.value)}>${running.map((one) =>
        html`<option key=${one.id} value=${one.id}>${one.title}</option>`)}</select>`}
    <${Note} key=${what} what=${what} cycle=${cycle} />
  </section>`;
}

function Waiting({ cycles, owed, got, requests, hints }) {
  const studies = cycles.filter((cycle) => cycle.state === "doing" || cycle.state === "studying");
  const nothing = !studies.length && !owed.length && !got.length && !requests.length && !hints.length;
  if (nothing) return html`<p class="good">${t("today.nothing")}</p>`;
  return html`<ul class="lines">
    ${requests.map((request) => html`<li key=${request.invite} class="line urgent"><a
      href=${link("trust")}>${t("today.request", { school: request.school_name })}</a></li>`)}
    ${studies.map((cycle) => html`<li key=${cycle.id} class="line"><a
      href=${link("record", cycle.id)}>${cycle.title}</a>
      <div class="about"><${State} state=${cycle.state} />
      <a class="do" href=${link("write", cycle.id, STEP[cycle.state])}>${
        t("today." + STEP[cycle.state])}</a></div></li>`)}
    ${got.map((item) => html`<li key=${item.id} class="line"><a
      href=${link("record", item.target.id)}>${item.target.title}</a>
      <p class="summary">${item.owner.name}: ${item.text}</p></li>`)}
    ${owed.map((record) => html`<${RecordLine} key=${record.id} record=${record}>
      <p class="quiet">${t("today.owed")}</p><//>`)}
    ${hints.map((hint) => html`<li class="line quiet">${hint.text}</li>`)}</ul>`;
}

function News() {
  return html`<section><h2>${t("today.news")}</h2>
    <${Load} path=${`${HERE}/feed?others=1&limit=12`}>${({ items }) => items.length === 0
      ? html`<p class="quiet">${t("today.no news")}</p>`
      : html`<ul class="lines">${items.map((item) => html`<li class="line" key=${item.lseq}>
        <a href=${link("record", item.record.id)}>${item.record.title || t("untitled")}</a>
        <div class="about"><span class="chip school">${item.by.name}</span> <${When} at=${item.at} /></div>
        ${item.record.summary && html`<p class="summary">${item.record.summary}</p>`}</li>`)}</ul>`}<//>
  </section>`;
}

const list = (path) => useGet(path).data?.items || [];

export function Today({ me }) {
  const cycles = list(`${HERE}/records?type=cycle&mine=1&limit=100`);
  const member = me.state === "member";
  const owed = list(member ? `${HERE}/feedback?which=owed` : null);
  const got = list(member ? `${HERE}/feedback?which=got` : null).filter((item) => item.open);
  const requests = list(member ? `${HERE}/requests` : null);
  const hints = useGet(`${HERE}/status`).data?.attention || [];
  const known = useGet(`${HERE}/records?type=cycle&mine=1&limit=100`).data !== null;
  return html`<${Title}>${t("today.title")}<//>
    <${Quick} cycles=${cycles} />
    ${known && cycles.length === 0 && html`<${Empty} title=${t("first.title")}>
      <ol class="steps">${[1, 2, 3, 4].map((n) => html`<li key=${n}>${t("first." + n)}</li>`)}</ol>
      <p><a class="button primary" href=${link("new", "cycle")}>${t("first.begin")}</a></p><//>`}
    ${cycles.length > 0 && html`<section><h2>${t("today.waits")}</h2><${Waiting} cycles=${cycles}
      owed=${owed} got=${got} requests=${requests} hints=${hints.filter((hint) =>
        !["overdue", "done_not_studied", "stalled"].includes(hint.code))} /></section>`}
    ${member && html`<${News} />`}`;
}

