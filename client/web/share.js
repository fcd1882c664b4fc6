// Before a record leaves: exactly what will be read and by whom, and what may tell who a student is.
import { html, useState } from "./vendor.js";
import { HERE, post } from "./api.js";
import { Act, audienceText, go, Load, link, Title } from "./parts.js";
import { useGet } from "./data.js";
import { t } from "./words.js";

function Lines({ lines, points }) {
  const found = new Map();
  for (const point of points) found.set(point.path, [...(found.get(point.path) || []), point]);
  return html`<ul class="will-read">${lines.map((line, at) => html`<li key=${at}
      class=${"kind-" + line.kind} data-depth=${Math.min(line.depth, 4)}>
    ${line.label && html`<strong>${line.label}</strong>`} ${line.value}
    ${(found.get(line.path) || []).map((point) => html`<p class="point">
      <mark>${point.found || point.text}</mark> ${point.hint}</p>`)}</li>`)}</ul>`;
}

function Screen({ id, whom, done }) {
  const { data, error } = useGet(`${HERE}/records/${id}/share?with=${encodeURIComponent(whom)}`);
  if (error?.code === "EXISTS") return html`<p class="good">${t("share.there")}</p>`;
  return html`<${Load} path=${`${HERE}/records/${id}/share?with=${encodeURIComponent(whom)}`}>${() => html`
    <section class="sheet"><h2>${t("share.will read", {
      whom: data.audiences.map(audienceText).join(", ") })}</h2>
      ${data.points.length > 0 && html`<p class="warn" role="status">${
        t("share.points", { n: data.points.length })}</p>`}
      <${Lines} lines=${data.lines} points=${data.points} />
      <${Act} kind="primary" label=${t("share.do")} does=${async () => {
        await post(`${HERE}/records/${id}/share`, { with: whom, token: data.token });
        done();
      }} /></section>`}<//>`;
}

export function Share({ id }) {
  const [whom, choose] = useState(null);
  const buddies = useGet(`${HERE}/buddies`).data?.items || [];
  const groups = buddies.filter((buddy) => buddy.state === "accepted");
  return html`<${Title}>${t("share.title")}<//>
    <p><a href=${link("record", id)}>${t("back")}</a></p>
    <div class="choices" role="group" aria-label=${t("share.with")}>
      ${["buddies", "hub", "network"].map((name) => html`<button type="button" key=${name}
        aria-pressed=${whom === name} onClick=${() => choose(name)}>${t("share." + name)}</button>`)}
    </div>
    ${groups.length > 1 && html`<p class="quiet">${t("share.all buddies")}</p>`}
    ${whom ? html`<${Screen} key=${whom} id=${id} whom=${whom} done=${() => go("record", id)} />`
           : html`<p class="quiet">${t("share.help")}</p>`}`;
}
