// The network: aim and drivers, where every team stands, the reports, who has heard from whom.
import { html, useState } from "./vendor.js";
import { HERE } from "./api.js";
import { link, Load, Title, When } from "./parts.js";
import { useGet } from "./data.js";
import { HeardMap } from "./map.js";
import { named, said, t } from "./words.js";

function Cell({ column, value }) {
  if (value === null || value === undefined) return html`<td class="none">–</td>`;
  if (column.kind === "percent" || column.kind === "share") {
    return html`<td class="number">${Math.round(value * 100)} %</td>`;
  }
  return html`<td class=${typeof value === "number" ? "number" : ""}>${value}</td>`;
}

function Table({ report }) {
  if (report.rows.length === 0) return html`<p class="quiet">${t("report.empty")}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${report.title}><table class="report">
    <thead><tr>${report.columns.map((column) => html`<th scope="col" key=${column.key}>${said(column.label)}</th>`)}
    </tr></thead><tbody>${report.rows.map((row, at) => html`<tr key=${at}>${report.columns.map((column) =>
      html`<${Cell} key=${column.key} column=${column} value=${row[column.key]} />`)}</tr>`)}</tbody></table></div>`;
}

function Heard({ heard }) {
  if (!heard) return null;
  return html`<p class="quiet">${heard.late || heard.never
    ? t("report.late", { late: heard.late + heard.never, n: heard.schools }) : t("report.heard")}</p>`;
}

export function Report({ name }) {
  const [days, since] = useState("");
  return html`<p class="noprint"><a href=${link("network")}>${t("back")}</a></p>
    <${Load} path=${`${HERE}/reports/${name}${days ? "?days=" + days : ""}`}>${(report) => html`
      <${Title} actions=${html`<button type="button" onClick=${() => print()}>${t("cycle.print")}</button>
        <a class="button" href=${`${HERE}/reports/${name}?format=csv`} download>${t("report.csv")}</a>`}>${
          named("report:" + name, report.title)}<//>
      ${report.notes.map((note) => html`<p class="quiet">${note}</p>`)}
      ${report.from !== undefined && html`<p class="noprint"><label>${t("report.period")} <select value=${days}
        onChange=${(event) => since(event.target.value)}><option value="">${t("report.all")}</option>
        ${[30, 90, 365].map((n) => html`<option key=${n} value=${n}>${t("report.days", { days: n })}</option>`)}
        </select></label></p>`}
      <${Heard} heard=${report.heard} /><${Table} report=${report} />`}<//>`;
}

function Drivers() {
  const aims = useGet(`${HERE}/records?type=aim&limit=20`).data?.items || [];
  const drivers = useGet(`${HERE}/records?type=driver&limit=100`).data?.items || [];
  if (aims.length + drivers.length === 0) return null;
  return html`<section><h2>${t("network.aim")}</h2>
    ${aims.map((aim) => html`<p class="aim" key=${aim.id}><a href=${link("record", aim.id)}>${aim.title}</a></p>`)}
    <ul class="drivers">${drivers.map((driver) => html`<li key=${driver.id}><a
      href=${link("record", driver.id)}>${driver.title}</a></li>`)}</ul></section>`;
}

/** Who has heard from whom, and what we shared reached whom through whom: drawn, and in words. */
function WhoHeard() {
  return html`<section><h2>${t("network.heard")}</h2><${Load} path=${`${HERE}/status`}>${(status) => {
    const through = new Map((status.reached?.schools || []).map((one) => [one.school.id, one]));
    if (status.heard.length === 0) return html`<p class="quiet">${t("network.alone")}</p>`;
    return html`<${HeardMap} me=${status.me.school.name} heard=${status.heard}
      reached=${status.reached?.schools || []} />
      <div class="scroll" tabindex="0" role="region" aria-label=${t("network.heard")}><table class="report">
      <thead><tr><th scope="col">${t("school")}</th><th scope="col">${t("network.now")}</th>
      <th scope="col">${t("network.last")}</th><th scope="col">${t("network.reached")}</th>
      <th scope="col">${t("network.through")}</th></tr></thead><tbody>${status.heard.map((one) => {
        const reach = through.get(one.school.id);
        return html`<tr key=${one.school.id}><th scope="row">${one.school.name}</th>
          <td>${one.connected ? t(one.equal ? "network.equal" : "network.connected") : t("network.away")}</td>
          <td><${When} at=${one.at} /></td><td class="number">${reach ? `${reach.records} / ${reach.of}` : "–"}</td>
          <td>${reach?.through?.name || "–"}</td></tr>`;
      })}</tbody></table></div>`;
  }}<//></section>`;
}

export function Network() {
  return html`<${Title}>${t("network.title")}<//><${Drivers} />
    <section><h2>${t("report:standing")}</h2><${Load} path=${`${HERE}/reports/standing`}>${(report) => html`
      <${Heard} heard=${report.heard} /><${Table} report=${report} />`}<//></section>
    <section><h2>${t("network.reports")}</h2><${Load} path=${`${HERE}/reports`}>${({ items }) => html`
      <ul class="reports">${items.filter((one) => one.report !== "summary").map((one) => html`<li key=${one.report}><a href=${link("report", one.report)}>${
        named("report:" + one.report, one.title)}</a></li>`)}
      </ul>`}<//></section><${WhoHeard} />`;
}
