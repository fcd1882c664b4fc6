// Records of a type: a wall of bright spots, any other type as a list; and search.
import { html, useState } from "./vendor.js";
import { HERE } from "./api.js";
import { Empty, link, Load, RecordLine, Title, typeText } from "./parts.js";
import { t } from "./words.js";

const FEW = 50;

export function List({ type }) {
  const [query, ask] = useState("");
  const [many, more] = useState(FEW);
  const [mine, ours] = useState(false);
  const text = query.trim() === "" ? "" : `&text=${encodeURIComponent(query)}`;
  return html`<${Load} path=${"/v1/schemas/" + type}>${(schema) => {
    const plural = t("type:" + schema["x-plural"]).replace(/^type:/, "");
    return html`<${Title} actions=${html`<a class="button primary" href=${link("new", type)}>${
        t("list.new", { type: typeText(schema) })}</a>`}>${plural}<//>
      ${schema["x-help"] && html`<p class="quiet">${t("type:" + schema["x-help"]).replace(/^type:/, "")}</p>`}
      <div class="filter"><input type="search" value=${query} aria-label=${t("list.search")}
        placeholder=${t("list.search")} onInput=${(event) => ask(event.target.value)} />
        <label><input type="checkbox" checked=${mine} onChange=${() => ours(!mine)} /> ${t("list.ours")}</label></div>
      <${Load} path=${`${HERE}/records?type=${type}&limit=${many}${mine ? "&mine=1" : ""}${text}`}>${
        ({ items, next }) => items.length === 0 ? html`<${Empty} title=${t("list.none")} />`
          : html`<ul class="lines ${type === "bright_spot" ? "wall" : ""}">${items.map((record) => html`
            <${RecordLine} key=${record.id} record=${record} />`)}</ul>
          ${next && html`<button type="button" onClick=${() => more(many + FEW)}>${t("list.more")}</button>`}`}<//>`;
  }}<//>`;
}

/** Everything there is to write: the types by name, for what has no screen of its own. */
export function Types() {
  return html`<${Title}>${t("types.title")}<//><${Load} path="/v1/schemas">${({ items }) => html`
    <ul class="lines">${items.filter((one) => one.type !== "release").map((one) => html`<li class="line"
      key=${one.type}><a href=${link("list", one.type)}>${typeText(one)}</a>
      <p class="summary">${t("type:" + one.help).replace(/^type:/, "")}</p></li>`)}</ul>`}<//>`;
}

export function Search({ words }) {
  const [query, ask] = useState(words || "");
  return html`<${Title}>${t("search.title")}<//>
    <input type="search" class="wide" value=${query} aria-label=${t("search.title")}
      placeholder=${t("search.prompt")} onInput=${(event) => ask(event.target.value)} />
    ${query.trim() && html`<${Load} path=${`${HERE}/search?q=${encodeURIComponent(query)}`}>${({ items }) =>
      items.length === 0 ? html`<p class="quiet">${t("list.none")}</p>`
        : html`<ul class="lines">${items.map((item) => html`<${RecordLine} key=${item.record.id}
            record=${item.record} />`)}</ul>`}<//>`}`;
}
