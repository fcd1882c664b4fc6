// A record: what it says, who may read it, who wrote when, what others said of it.
import { html, useState } from "./vendor.js";
import { HERE, post } from "./api.js";
import { Act, Audience, audienceText, Flags, go, link, Load, State, Title, typeText, When }
  from "./parts.js";
import { Cycle } from "./cycle.js";
import { Feedback } from "./feedback.js";
import { View } from "./form.js";
import { refresh } from "./data.js";
import { said, t } from "./words.js";

const TALKED_OF = ["cycle", "idea", "bright_spot"];

function Reached({ record }) {
  const bySchool = new Map(); // it may have come by several ways: the direct one is told
  for (const one of record.reached || []) {
    if (!bySchool.get(one.school.id) || !one.through) bySchool.set(one.school.id, one);
  }
  const reached = [...bySchool.values()];
  if (!record.owner.mine || reached.length === 0) return null;
  return html`<section><h2>${t("record.reached")}</h2><ul class="plain">${reached.map((one) => html`
    <li key=${one.school.id}>${one.school.name}${one.through && html` <span class="quiet">${
      t("record.through", { school: one.through.name })}</span>`}</li>`)}</ul></section>`;
}

function History({ id }) {
  const [open, show] = useState(false);
  return html`<section class="history noprint"><button type="button" class="small" aria-expanded=${open}
    onClick=${() => show(!open)}>${t("record.history")}</button>
    ${open && html`<${Load} path=${`${HERE}/records/${id}/history?limit=200`}>${({ items }) => html`
      <ol>${items.map((item) => html`<li key=${item.revision}><${When} at=${item.at} />
        ${" "}${item.person || item.device?.school?.name || ""}
        ${item.sections && html` <span class="quiet">${Object.keys(item.sections).map((name) =>
          said(name)).join(", ")}</span>`}
        ${item.audience && html` <span class="chip">${audienceText(item.audience)}</span>`}
        ${item.erased && html` <span class="chip flag">${t("record.erased")}</span>`}</li>`)}</ol>`}<//>`}
  </section>`;
}

/** "Try this": another's idea or bright spot as the beginning of a test here. */
function Try({ record }) {
  if (!["idea", "bright_spot"].includes(record.type)) return null;
  const make = async () => {
    const ref = `${record.owner.id}/${record.id}`;
    const head = { title: record.title };
    const sections = record.type === "idea" ? { ...head, idea: ref } : head;
    const made = await post(`${HERE}/cycles`, { head: sections });
    go("write", made.record, "plan");
  };
  return html`<${Act} kind="primary" label=${t("record.try")} does=${make} />`;
}

/** What came of it: the tests of an idea, who took a bright spot up. */
function Came({ record }) {
  const { tests, tried_by: tried, history } = record.derived || {};
  const rows = tests || tried || [];
  if (rows.length === 0) return null;
  return html`<section><h2>${t(tests ? "record.tests" : "record.tried")}</h2>
    ${history && html`<p>${t("idea.tests", { n: history.cycles })} · ${t("adopt")} ${history.adopted} · ${
      t("adapt")} ${history.adapted} · ${t("abandon")} ${history.abandoned}</p>`}
    <ul class="lines">${rows.map((one) => html`<li class="line" key=${one.id}><a href=${link("record", one.id)}>${
      one.title || t("untitled")}</a><div class="about">${one.owner && html`<span class="chip school">${
      one.owner.mine ? t("ours") : one.owner.name}</span>`}${one.decision && html`<span class="chip">${
      t(one.decision)}</span>`}${tests && html` <${State} state=${one.state} />`}</div></li>`)}</ul></section>`;
}

function Linked({ linked }) {
  const records = (linked || []).flatMap((group) => group.records);
  if (records.length === 0) return null;
  return html`<section class="noprint"><h2>${t("record.linked")}</h2><ul class="lines">${records.map((one) =>
    html`<li class="line" key=${one.id}><a href=${link("record", one.id)}>${one.title || t("untitled")}</a>
      <div class="about">${!one.owner.mine && html`<span class="chip school">${one.owner.name}</span>`}
      <${When} at=${one.at} /></div></li>`)}</ul></section>`;
}

function Body({ record, schema }) {
  if (record.hidden) return html`<p class="warn">${t("record.hidden")}</p>`;
  if (record.type === "cycle") return html`<${Cycle} record=${record} schema=${schema} />`;
  return Object.keys(record.sections).map((name) => html`<section key=${name}>
    ${Object.keys(record.sections).length > 1 && html`<h2>${
      said(schema.properties?.[name]?.["x-label"]) || name}</h2>`}
    <${View} schema=${schema.properties?.[name] || {}} value=${record.sections[name]} /></section>`);
}

function Actions({ record }) {
  const shared = record.audiences.filter((audience) => audience.class !== "own");
  const from = { hub: "hub", network: "network" };
  return html`<div class="actions noprint">
    ${record.owner.mine && record.type !== "cycle" && html`<a class="button"
      href=${link("write", record.id)}>${t("edit")}</a>`}
    ${record.owner.mine && record.type === "cycle" && html`<a class="button"
      href=${link("write", record.id, "head")}>${t("cycle.head")}</a>`}
    ${record.owner.mine && html`<a class="button" href=${link("share", record.id)}>${t("share")}</a>`}
    <${Try} record=${record} />
    ${record.type === "protocol" && html`<a class="button primary" href=${link("run", record.id)}>${t("run")}</a>`}
    ${record.owner.mine && shared.map((audience) => html`<${Act} key=${audience.space}
      label=${t("unshare", { whom: audienceText(audience) })} ask=${t("unshare.sure")}
      does=${() => post(`${HERE}/records/${record.id}/unshare`,
        { from: from[audience.class] || audience.space }).then(refresh)} />`)}
    ${record.owner.mine && html`<${Act} kind="danger" label=${t("erase")} ask=${t("erase.sure", {
      title: record.title })} does=${async () => {
      await post(`${HERE}/records/${record.id}/erase`, {});
      go("list", record.type);
    }} />`}</div>`;
}

export function Record({ id }) {
  return html`<${Load} path=${`${HERE}/records/${id}`}>${(record) => html`
    <${Load} path=${"/v1/schemas/" + record.type}>${(schema) => html`<article class="record">
      <p class="kind">${typeText(schema)} · ${record.owner.mine ? t("ours") : record.owner.name}</p>
      <${Title}>${record.title || t("untitled")}<//>
      <div class="about"><${State} state=${record.type === "cycle" ? record.state : ""} />
        <${Flags} flags=${record.flags} /> <${Audience} audiences=${record.audiences} />
        <${When} at=${record.at} />${record.person && html` · ${record.person}`}</div>
      ${record.also_written?.length > 0 && html`<p class="warn">${t("record.also")}</p>`}
      <${Body} record=${record} schema=${schema} />
      <${Actions} record=${record} />
      <${Came} record=${record} />
      <${Linked} linked=${record.derived?.tests?.length ? [] : record.linked} />
      <${Reached} record=${record} />
      ${TALKED_OF.includes(record.type) && html`<${Feedback} record=${record} />`}
      <${History} id=${id} /></article>`}<//>`}<//>`;
}
