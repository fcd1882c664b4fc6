// One form for every record type: what to ask, in which order and words, comes from the schema.
import { html, useMemo } from "./vendor.js";
import { HERE } from "./api.js";
import { said, t } from "./words.js";
import { useGet } from "./data.js";

const ID_BYTES = 8;
let fields = 0; // for ids that tie a label to its field
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("");

const without = (object, name) => {
  const { [name]: gone, ...rest } = object;
  return rest;
};

/** Records of a type to choose from. A value that is not among them stays what it is. */
function Reference({ id, type, value, set }) {
  const { data } = useGet(`${HERE}/records?type=${type}&limit=200`);
  const items = data?.items || [];
  const refOf = (record) => `${record.owner.id}/${record.id}`;
  return html`<select id=${id} value=${value || ""} onChange=${(event) => set(event.target.value)}>
    <option value="">${t("form.none")}</option>
    ${value && !items.some((record) => refOf(record) === value) &&
      html`<option value=${value}>${t("form.chosen")}</option>`}
    ${items.map((record) => html`<option key=${record.id} value=${refOf(record)}>${record.title}${
      record.owner.mine ? "" : ` (${record.owner.name})`}</option>`)}</select>`;
}

function Choice({ id, schema, value, set }) {
  return html`<select id=${id} value=${value ?? ""} onChange=${(event) => set(event.target.value)}>
    <option value="">${t("form.none")}</option>
    ${schema.enum.map((one) => html`<option key=${one} value=${one}>${said(one)}</option>`)}
  </select>`;
}

/** A list of short texts: a line each. */
function Lines({ id, schema, value, set }) {
  return html`<textarea id=${id} rows="2" value=${(value || []).join("\n")}
    onInput=${(event) => set(event.target.value.split("\n").filter((line) => line.trim() !== ""))} />`;
}

function Items({ schema, value, set }) {
  const items = value || [];
  const change = (at, item) => set(items.map((old, i) => (i === at ? item : old)));
  return html`<div class="items">
    ${items.map((item, at) => item.deleted ? null : html`<fieldset key=${item.id} class="item">
      <legend>${at + 1}</legend>
      <${Fields} schema=${schema.items} value=${item} set=${(next) => change(at, next)} />
      <button type="button" class="small" onClick=${() => change(at, { id: item.id, deleted: true })}>
        ${t("form.remove")}</button></fieldset>`)}
    <button type="button" class="small" onClick=${() => set([...items, { id: newId() }])}>
      ${t("form.add")}</button></div>`;
}

function input(id, schema, value, set) {
  const kind = schema["x-input"];
  if (schema.enum) return html`<${Choice} id=${id} schema=${schema} value=${value} set=${set} />`;
  if (kind === "ref") {
    return html`<${Reference} id=${id} type=${schema["x-ref"]} value=${value} set=${set} />`;
  }
  if (schema.type === "boolean") {
    return html`<input id=${id} type="checkbox" checked=${value === true}
      onChange=${(event) => set(event.target.checked)} />`;
  }
  if (schema.type === "integer" || schema.type === "number") {
    return html`<input id=${id} type="number" value=${value ?? ""} min=${schema.minimum}
      max=${schema.maximum} step=${schema.type === "integer" ? 1 : "any"}
      onInput=${(event) => set(event.target.value === "" ? "" : Number(event.target.value))} />`;
  }
  const typed = (event) => set(event.target.value);
  if (kind === "date") {
    return html`<input id=${id} type="date" value=${value || ""} onInput=${typed} />`;
  }
  if (kind === "text" || schema.maxLength > 300) {
    return html`<textarea id=${id} rows="3" maxlength=${schema.maxLength} value=${value || ""}
      onInput=${typed} />`;
  }
  return html`<input id=${id} type="text" maxlength=${schema.maxLength} value=${value || ""}
    onInput=${typed} />`;
}

function Field({ name, schema, value, set, required }) {
  const id = useMemo(() => `field-${++fields}`, []);
  const label = said(schema["x-label"]) || name;
  const prompt = said(schema["x-prompt"] || schema["x-help"]);
  const group = schema.type === "array" && schema.items.type === "object";
  if (group || schema.type === "object") {
    return html`<fieldset class="field"><legend>${label}</legend>
      ${prompt && html`<p class="help">${prompt}</p>`}
      ${group ? html`<${Items} schema=${schema} value=${value} set=${set} />`
              : html`<${Fields} schema=${schema} value=${value || {}} set=${set} />`}</fieldset>`;
  }
  return html`<div class="field"><label for=${id}>${label}${required && html`<span
      class="must" title=${t("form.required")}> *</span>`}</label>
    ${prompt && prompt !== label && html`<p class="help" id=${id + "-help"}>${prompt}</p>`}
    ${schema.type === "array" ? html`<${Lines} id=${id} schema=${schema} value=${value} set=${set} />`
                              : input(id, schema, value, set)}</div>`;
}

/** The fields of an object; only: the names of some of them. */
export function Fields({ schema, value, set, only, skip = [] }) {
  const names = Object.keys(schema.properties).filter(
    (name) => name !== "id" && (!only || only.includes(name)) && !skip.includes(name));
  return names.map((name) => html`<${Field} key=${name} name=${name} schema=${schema.properties[name]}
    value=${value[name]} required=${(schema.required || []).includes(name)}
    set=${(next) => set(next === "" ? without(value, name) : { ...value, [name]: next })} />`);
}

/** An item of a list in which nothing was written, as a form begins. */
const blank = (item) => typeof item === "object" && Object.keys(item).every((name) => name === "id");
/** Without lists and items in which nothing was written. */
export function written(section) {
  return Object.fromEntries(Object.entries(section).map(([name, value]) =>
    [name, Array.isArray(value) ? value.filter((item) => !blank(item)) : value])
    .filter(([, value]) => !Array.isArray(value) || value.length > 0));
}

/** What goes to the daemon: what was left empty is taken away where it was there before. */
export function changes(before, after) {
  const out = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[name]) === JSON.stringify(after[name])) continue;
    out[name] = after[name] === undefined ? null : after[name];
  }
  return out;
}

/* ---- the same, to read ---- */

function Value({ schema, value }) {
  if (Array.isArray(value)) {
    if (schema.items?.type === "object") {
      return html`<ol class="values">${value.map((item) => html`<li key=${item.id}>
        <${View} schema=${schema.items} value=${item} /></li>`)}</ol>`;
    }
    return html`<ul class="values">${value.map((one) => html`<li><${Value}
      schema=${schema.items || {}} value=${one} /></li>`)}</ul>`;
  }
  if (value !== null && typeof value === "object") {
    return html`<${View} schema=${schema.properties ? schema : { properties: {} }} value=${value} />`;
  }
  if (schema["x-input"] === "ref") return html`<${Named} reference=${value} />`;
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  return html`<span class="said">${schema.enum ? said(value) : String(value)}</span>`;
}

function Named({ reference }) {
  const id = String(reference).split("/").pop();
  const { data } = useGet(/^[0-9a-f]{32}$/.test(id) ? `${HERE}/records/${id}` : null);
  return html`<a href=${"#/record/" + encodeURIComponent(id)}>${data?.title || t("form.chosen")}</a>`;
}

/** An object's fields, those of the schema first; unknown ones are shown as they are. */
export function View({ schema, value, skip = [] }) {
  const known = Object.keys(schema.properties || {});
  const names = [...known, ...Object.keys(value).filter((name) => !known.includes(name))].filter(
    (name) => name !== "id" && value[name] !== undefined && !skip.includes(name));
  if (names.length === 0) return null;
  return html`<dl class="view">${names.map((name) => {
    const field = schema.properties?.[name] || {};
    return html`<div key=${name}><dt>${said(field["x-label"]) || name}</dt>
      <dd><${Value} schema=${field} value=${value[name]} /></dd></div>`;
  })}</dl>`;
}
