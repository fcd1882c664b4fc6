// Measures: the list, a run chart with its table twin, and numbers pasted from a spreadsheet.
import { html, useEffect, useState } from "./vendor.js";
import { HERE, post } from "./api.js";
import { Act, Empty, Fault, link, Load, RecordLine, Title } from "./parts.js";
import { refresh } from "./data.js";
import { t } from "./words.js";

export function Measures() {
  return html`<${Title} actions=${html`<a class="button" href=${link("new", "measure")}>${t("measures.new")}</a>`}>${
      t("measures.title")}<//>
    <${Load} path=${`${HERE}/records?type=measure&limit=200`}>${({ items }) => items.length === 0
      ? html`<${Empty} title=${t("list.none")}><p>${t("measures.help")}</p><//>`
      : html`<ul class="lines">${items.map((record) => html`<${RecordLine} key=${record.id} record=${record}>
        <p><a href=${link("measure", record.id)}>${t("measures.chart")}</a></p><//>`)}</ul>`}<//>`;
}

/** What the chart shows, as numbers: a row a period, a column a group. */
function Twin({ chart }) {
  return html`<details><summary>${t("measures.table")}</summary><div class="scroll" tabindex="0" role="region"
    aria-label=${t("measures.table")}><table class="report"><thead><tr><th scope="col">${t("measures.period")}</th>
    ${chart.series.map((series, at) => html`<th scope="col" key=${at}>${series.label || series.group ||
      t("measures.everybody")}</th>`)}</tr></thead><tbody>${chart.periods.map((period, row) => html`<tr
      key=${period.period}><th scope="row">${period.label}</th>${chart.series.map((series, at) => html`<td
      class="number" key=${at}>${series.points?.[row]?.text ?? "–"}</td>`)}</tr>`)}</tbody></table></div></details>`;
}

function Drawn({ id, chart }) {
  if (chart.periods.length === 0) return html`<p class="quiet">${t("measures.empty")}</p>`;
  const said = chart.series.map((series) => series.judgement?.text || series.text).filter(Boolean).join(" ");
  return html`<figure><img class="chart" src=${`${HERE}/measures/${id}/chart.svg?after=${chart.applied}`}
      alt=${`${chart.measure.name}. ${said}`} />
    <figcaption class="quiet">${chart.rules.text}</figcaption></figure><${Twin} chart=${chart} />`;
}

const SETTLE_MS = 300;

/** A piece of a spreadsheet: what was understood, line by line, before anything is kept. */
function Paste({ id, chart }) {
  const [text, set] = useState("");
  const [understood, say] = useState(null);
  const [error, fail] = useState(null);
  const ask = (check) => post(`${HERE}/measures/${id}/points`, { table: text, check });
  useEffect(() => {
    if (text.trim() === "") {
      say(null);
      return undefined;
    }
    const timer = setTimeout(() => ask(true).then((answer) => {
      say(answer);
      fail(null);
    }, fail), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const save = async () => {
    await ask(false);
    set("");
    await refresh();
  };
  return html`<section><h2>${t("measures.paste")}</h2>
    <p class="quiet">${t("measures.paste.help", { every: chart.measure.frequency })}</p>
    <textarea rows="6" class="table" value=${text} aria-label=${t("measures.paste")}
      placeholder=${"period\tnumerator\tdenominator\n2026-03\t50\t120"}
      onInput=${(event) => set(event.target.value)} />
    <${Fault} error=${error} />
    ${understood && html`<ul class="plain">${understood.items.map((item) => html`<li key=${item.line}
      class=${"row-" + item.what}>${item.line}: ${item.problem || `${item.label} ${item.text}`} <span
      class="chip">${t("measures.what." + item.what)}</span></li>`)}</ul>`}
    <${Act} kind="primary" label=${t("write.save")} does=${save}
      disabled=${!understood || understood.wrong > 0 || understood.items.length === 0} /></section>`;
}

export function Measure({ id }) {
  return html`<p class="noprint"><a href=${link("measures")}>${t("back")}</a> · <a
      href=${link("record", id)}>${t("measures.about")}</a></p>
    <${Load} path=${`${HERE}/measures/${id}/chart`}>${(chart) => html`<${Title}>${chart.measure.name}<//>
      <p class="quiet">${chart.measure.definition}</p>
      <${Drawn} id=${id} chart=${chart} /><${Paste} id=${id} chart=${chart} />`}<//>`;
}
