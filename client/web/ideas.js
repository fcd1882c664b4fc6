// Change ideas as a tree: the aim's drivers, under each the ideas that move it, with what came of
// testing them over the network.
import { html, useState } from "./vendor.js";
import { HERE } from "./api.js";
import { Audience, Empty, link, Load, Title } from "./parts.js";
import { useGet } from "./data.js";
import { t } from "./words.js";

const MOST = 500, FEW = 20; // ideas in all, and under a driver until more are asked for

/** "adopt 2 · adapt 3 · abandon 1" from the report, which counts over all that is read here. */
function Came({ row }) {
  if (!row || row.cycles === 0) return html`<span class="quiet">${t("ideas.untested")}</span>`;
  return html`<span>${t("idea.tests", { n: row.cycles })} · ${["adopt", "adapt", "abandon"].map((name) =>
    `${t(name)} ${row[name]}`).join(" · ")}</span>`;
}

function Idea({ idea, row }) {
  return html`<li class="line"><a href=${link("record", idea.id)}>${idea.title || t("untitled")}</a>
    ${idea.summary && html`<p class="summary">${idea.summary}</p>`}
    <div class="about">${!idea.owner.mine && html`<span class="chip school">${idea.owner.name}</span>`}
      <${Came} row=${row} /> ${idea.owner.mine && html`<${Audience} audiences=${idea.audiences} />`}</div></li>`;
}

function Branch({ title, href, ideas, rows }) {
  const [all, show] = useState(false);
  if (ideas.length === 0) return null;
  return html`<section>${title && html`<h2>${href ? html`<a href=${href}>${title}</a>` : title}</h2>`}<ul class="lines">${
    ideas.slice(0, all ? ideas.length : FEW).map((idea) => html`<${Idea} key=${idea.id} idea=${idea}
      row=${rows.get(`${idea.title}/${idea.owner.name}`)} />`)}</ul>${!all && ideas.length > FEW && html`<button type="button" class="small"
      onClick=${() => show(true)}>${t("cycles.more", { n: ideas.length - FEW })}</button>`}</section>`;
}

export function Ideas() {
  const [mine, ours] = useState(false);
  const drivers = useGet(`${HERE}/records?type=driver&limit=200`).data?.items || [];
  const report = useGet(`${HERE}/reports/ideas`).data?.rows || [];
  const rows = new Map(report.map((row) => [`${row.idea}/${row.school}`, row]));
  const under = (idea, driver) => (idea.sections.head?.drivers || []).some((ref) => ref.endsWith("/" + driver.id));
  return html`<${Title} actions=${html`<a class="button primary" href=${link("new", "idea")}>${
      t("ideas.new")}</a>`}>${t("nav.ideas")}<//>
    <p><label><input type="checkbox" checked=${mine} onChange=${() => ours(!mine)} /> ${t("list.ours")}</label></p>
    <${Load} path=${`${HERE}/records?type=idea&full=1&limit=${MOST}${mine ? "&mine=1" : ""}`}>${({ items }) => html`
      ${items.length === 0 && html`<${Empty} title=${t("list.none")}><p>${t("ideas.help")}</p><//>`}
      ${drivers.map((driver) => html`<${Branch} key=${driver.id} title=${driver.title}
        href=${link("record", driver.id)} rows=${rows} ideas=${items.filter((idea) => under(idea, driver))} />`)}
      <${Branch} title=${drivers.length ? t("ideas.no driver") : ""} rows=${rows}
        ideas=${items.filter((idea) => !drivers.some((driver) => under(idea, driver)))} />`}<//>`;
}
