// The board: the school's tests by where they stand, and those of others on demand.
import { html, useState } from "./vendor.js";
import { HERE } from "./api.js";
import { Audience, Empty, Flags, link, Load, Title, When } from "./parts.js";
import { t } from "./words.js";

const FEW = 25; // cards in a column, until more are asked for
const QUIET = ["paused", "withdrawn", "closed"];

function Card({ record }) {
  return html`<li class="card"><a href=${link("record", record.id)}>${record.title || t("untitled")}</a>
    ${record.summary && html`<p class="summary">${record.summary}</p>`}
    <div class="about"><${Flags} flags=${record.flags} />
      ${!record.owner.mine && html`<span class="chip school">${record.owner.name}</span>`}
      <${Audience} audiences=${record.audiences} /> <${When} at=${record.at} /></div></li>`;
}

export function Cycles() {
  const [all, show] = useState(false);
  const [many, more] = useState(FEW);
  return html`<${Title} actions=${html`<a class="button primary" href=${link("new", "cycle")}>${
      t("cycles.new")}</a>`}>${t("cycles.title")}<//>
    <div class="choices" role="group" aria-label=${t("cycles.whose")}>
      <button type="button" aria-pressed=${!all} onClick=${() => show(false)}>${t("cycles.ours")}</button>
      <button type="button" aria-pressed=${all} onClick=${() => show(true)}>${t("cycles.all")}</button></div>
    <${Load} path=${`${HERE}/board?limit=${many}${all ? "" : "&owner=me"}`}>${({ columns }) => {
      const shown = columns.filter((column) =>
        column.records.length > 0 || !QUIET.includes(column.state));
      if (columns.every((column) => column.records.length === 0)) {
        return html`<${Empty} title=${t("cycles.empty")}><p>${t("cycles.empty.help")}</p><//>`;
      }
      return html`<div class="board">${shown.map((column) => html`<section key=${column.state}
        class="column ${column.records.length ? "" : "none"}"><h2>${t("state." + column.state)} <span
        class="count">${column.count}</span></h2><ul>${column.records.map((record) =>
          html`<${Card} key=${record.id} record=${record} />`)}</ul>${column.count > column.records.length &&
          html`<button type="button" class="small" onClick=${() => more(many * 4)}>${t("cycles.more", {
            n: column.count - column.records.length })}</button>`}</section>`)}</div>`;
    }}<//>`;
}
