// A cycle as four panels, the prediction beside what came of it; prints as the worksheet.
import { html } from "./vendor.js";
import { HERE, post } from "./api.js";
import { View } from "./form.js";
import { Act, link } from "./parts.js";
import { refresh } from "./data.js";
import { said, t } from "./words.js";

/** What was asked and thought; in Study, what came of it beside that: one row a question. */
function Predictions({ plan, study }) {
  const results = study && new Map((study.results || []).map((result) => [result.id, result]));
  const questions = plan?.questions || [];
  if (questions.length === 0) return html`<p class="quiet">${t("cycle.no prediction")}</p>`;
  return html`<table class="beside"><thead><tr><th scope="col">${t("cycle.question")}</th>
    <th scope="col">${t("cycle.prediction")}</th>${results && html`<th scope="col">${
      t("cycle.result")}</th>`}</tr></thead>
    <tbody>${questions.map((question) => {
      const result = results?.get(question.id);
      return html`<tr key=${question.id}><td>${question.question}</td><td>${question.prediction}</td>
        ${results && html`<td>${result ? html`${result.matched && html`<span class="chip matched-${result.matched}">${
          said(result.matched)}</span> `}${result.result}${result.learned && html`<p
          class="learned">${result.learned}</p>`}` : html`<span class="quiet">–</span>`}</td>`}</tr>`;
    })}</tbody></table>`;
}

function Panel({ name, record, schema, children, skip, open }) {
  const section = record.sections[name];
  const has = section && Object.keys(section).length > 0;
  const next = record.owner.mine && open;
  return html`<section class="panel panel-${name}" aria-labelledby=${"panel-" + name}>
    <h2 id=${"panel-" + name}>${t("cycle." + name)}</h2>
    ${children}
    ${has && html`<${View} schema=${schema.properties[name]} value=${section} skip=${skip} />`}
    ${!has && !children && html`<p class="quiet">${t("cycle.prompt." + name)}</p>`}
    ${next && html`<p class="noprint"><a class="button ${has ? "" : "primary"}"
      href=${link("write", record.id, name)}>${t(has ? "edit" : "cycle.write." + name)}</a></p>`}</section>`;
}

function Ramp({ record }) {
  const prior = record.sections.head?.prior;
  const next = record.derived?.next || [];
  if (!prior && next.length === 0) return null;
  return html`<nav class="ramp" aria-label=${t("cycle.ramp")}>
    ${prior && html`<a href=${link("record", prior.split("/").pop())}>← ${t("cycle.prior")}</a>`}
    <strong>${record.title}</strong>
    ${next.map((one) => html`<a key=${one.id || one} href=${link("record", one.id || String(one).split("/").pop())}>${
      one.title || t("cycle.next")} →</a>`)}</nav>`;
}

export function Cycle({ record, schema }) {
  const { sections, derived } = record;
  const decided = ["decided", "closed"].includes(record.state);
  const move = (state) => post(`${HERE}/cycles/${record.id}/state`, { state }).then(refresh);
  return html`<${Ramp} record=${record} />
    <${View} schema=${schema.properties.head} value=${sections.head || {}}
      skip=${["title", "prior", "standing", "standing_reason"]} />
    ${derived?.cycle?.amendments?.length > 0 && html`<p class="warn">${
      t("cycle.amended", { n: derived.cycle.amendments.length })}</p>`}
    <div class="panels">
      <${Panel} name="plan" record=${record} schema=${schema} skip=${["questions"]} open=${!decided}>
        <${Predictions} plan=${sections.plan} /><//>
      <${Panel} name="do" record=${record} schema=${schema} open=${!decided} />
      <${Panel} name="study" record=${record} schema=${schema} skip=${["results"]} open=${!decided}>
        ${sections.study?.results?.length > 0 && html`<${Predictions} plan=${sections.plan}
          study=${sections.study} />`}<//>
      <${Panel} name="act" record=${record} schema=${schema} open=${true} />
    </div>
    ${record.owner.mine && html`<div class="actions noprint">
      <button type="button" onClick=${() => print()}>${t("cycle.print")}</button>
      ${record.state === "paused" ? html`<${Act} label=${t("cycle.go on")} does=${() => move("active")} />`
        : !decided && record.state !== "withdrawn" && html`<${Act} label=${t("cycle.pause")}
            does=${() => move("paused")} />`}
      ${record.state === "decided" && html`<${Act} label=${t("cycle.open next")} does=${async () => {
        const made = await post(`${HERE}/cycles/${record.id}/next`, {});
        location.hash = link("record", made.record);
      }} />`}</div>`}`;
}
