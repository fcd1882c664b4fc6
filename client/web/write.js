// Writing: a new record, or a section of one, in the form that its schema makes. Nothing that is
// typed is lost: the draft is kept at every keystroke.
import { html, useState } from "./vendor.js";
import { HERE, patch, post } from "./api.js";
import { Fault, go, link, Load, Title, typeText } from "./parts.js";
import { changes, Fields, newId, written } from "./form.js";
import { useDraft } from "./draft.js";
import { refresh, useGet } from "./data.js";
import { said, t } from "./words.js";

const STEPS = ["plan", "do", "study", "act"]; // of a cycle
const NEW_SECTIONS = { cycle: ["head", "plan"] };
const NEW_FIELDS = { "cycle/head": ["title", "idea", "scale", "end"],
  "cycle/plan": ["change", "questions"] };

function Form({ name, what, schema, sections, first, title, save, back }) {
  const [value, set, drop, came] = useDraft(name, first, what);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [all, showAll] = useState(false);
  const short = sections.some((section) => NEW_FIELDS[`${what.type}/${section}`]) && !what.record;
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const to = await save(value);
      drop();
      await refresh();
      go("record", to);
    } catch (fault) {
      setError(fault);
      setBusy(false);
    }
  };
  return html`<${Title}>${title}<//><p><a href=${back}>${t("back")}</a>
    ${came && html` · <span class="quiet">${t("write.draft")}</span>`}</p>
    <form class="write" onSubmit=${submit}>
      ${sections.map((section) => html`<fieldset key=${section} class="section">
        <legend>${said(schema.properties[section]["x-label"]) || section}</legend>
        <${Fields} schema=${schema.properties[section]} value=${value[section] || {}}
          only=${short && !all ? NEW_FIELDS[`${what.type}/${section}`] : undefined}
          skip=${["prior", "number", "standing", "standing_reason"]}
          set=${(next) => set({ ...value, [section]: next })} /></fieldset>`)}
      ${short && !all && html`<p><button type="button" class="small"
        onClick=${() => showAll(true)}>${t("write.more")}</button></p>`}
      <${Fault} error=${error} />
      <div class="actions"><button class="primary" disabled=${busy}>${t("write.save")}</button>
        ${came && html`<button type="button" onClick=${() => { drop(); set(first); drop(); }}>${
          t("write.discard")}</button>`}</div></form>`;
}

const filled = (value) => Object.fromEntries(Object.entries(value).filter(([, section]) =>
  section && Object.keys(section).length > 0));
const clean = (value) => filled(Object.fromEntries(Object.entries(value).map(([name, section]) =>
  [name, written(section || {})])));
// What an empty form begins with: the prediction is the first thing to write.
const BEGIN = { cycle: () => ({ plan: { questions: [{ id: newId() }] } }) };

export function New({ type }) {
  return html`<${Load} path=${"/v1/schemas/" + type}>${(schema) => html`<${Form}
    name=${"new-" + type} what=${{ type, title: (value) => value.head?.title }} schema=${schema}
    sections=${NEW_SECTIONS[type] || Object.keys(schema.properties)} first=${BEGIN[type]?.() || {}}
    title=${t("write.new", { type: typeText(schema) })} back=${link("list", type)}
    save=${async (value) => {
      const made = type === "cycle" ? await post(`${HERE}/cycles`, clean(value))
        : await post(`${HERE}/records`, { type, sections: clean(value) });
      return made.record;
    }} />`}<//>`;
}

/** Study begins with a line for each question that was asked. */
function begun(record, section) {
  const value = record.sections[section] || {};
  if (record.type !== "cycle" || section !== "study" || value.results?.length) return value;
  const asked = (record.sections.plan?.questions || []).filter((one) => one.prediction || one.question);
  return asked.length ? { ...value, results: asked.map(({ id }) => ({ id })) } : value;
}

export function Write({ id, section }) {
  const record = useGet(`${HERE}/records/${id}`).data;
  if (!record) return html`<${Load} path=${`${HERE}/records/${id}`}>${() => null}<//>`;
  const sections = section ? [section] : Object.keys(record.sections);
  const before = Object.fromEntries(sections.map((name) => [name, record.sections[name] || {}]));
  const first = Object.fromEntries(sections.map((name) => [name, begun(record, name)]));
  const step = record.type === "cycle" && STEPS.includes(section) ? section : null;
  const save = async (value) => {
    const changed = filled(Object.fromEntries(sections.map((name) =>
      [name, changes(before[name], written(value[name] || {}))])));
    if (Object.keys(changed).length === 0) return record.id;
    if (step) await post(`${HERE}/cycles/${id}/${step}`, changed);
    else await patch(`${HERE}/records/${id}`, { sections: changed, parents: record.revisions });
    return record.id;
  };
  return html`<${Load} path=${"/v1/schemas/" + record.type}>${(schema) => html`
    ${step === "study" && html`<aside class="reminder"><h2>${t("cycle.prediction")}</h2><ul>${(
      record.sections.plan?.questions || []).map((one) => html`<li key=${one.id}>${
        one.question && html`<em>${one.question}</em> `}${one.prediction}</li>`)}</ul></aside>`}
    <${Form} name=${`${id.slice(0, 16)}-${section || "all"}`} schema=${schema} sections=${sections}
      what=${{ type: record.type, record: id, title: () => record.title }} first=${first}
      title=${step ? t("cycle." + step) + ": " + record.title : t("write.edit", { title: record.title })}
      back=${link("record", id)} save=${save} />`}<//>`;
}
