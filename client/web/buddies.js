// Buddies: who they are, what they shared, what this school owes them a word on.
import { html, useState } from "./vendor.js";
import { HERE, post, remove } from "./api.js";
import { Act, Empty, link, Load, RecordLine, Title, When } from "./parts.js";
import { refresh, useGet } from "./data.js";
import { t } from "./words.js";

function Propose({ buddies }) {
  const [school, choose] = useState("");
  const members = useGet(`${HERE}/members`).data?.items || [];
  const taken = new Set(buddies.flatMap((buddy) => buddy.schools.map((one) => one.id)));
  const free = members.filter((member) => !member.school.mine && member.state === "member" &&
    !taken.has(member.school.id));
  if (free.length === 0) return null;
  return html`<div class="say"><label>${t("buddies.propose")} <select value=${school}
    onChange=${(event) => choose(event.target.value)}><option value="">${t("form.none")}</option>
    ${free.map(({ school: one }) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}
    </select></label> <${Act} label=${t("buddies.ask")} disabled=${!school} does=${async () => {
      await post(`${HERE}/buddies`, { school });
      await refresh();
    }} /></div>`;
}

function Buddy({ buddy }) {
  const others = buddy.schools.filter((school) => !school.mine);
  const name = buddy.name || others.map((school) => school.name).join(", ");
  return html`<section class="buddy"><h2>${name}</h2>
    ${buddy.state === "asked" && html`<${Act} kind="primary" label=${t("buddies.accept")}
      does=${() => post(`${HERE}/buddies/${buddy.group}/accept`).then(refresh)} />`}
    ${buddy.state === "waiting" && html`<p class="quiet">${t("buddies.waiting")}</p>`}
    ${buddy.state === "accepted" && html`<${Load} path=${`${HERE}/records?audience=${buddy.group}&limit=20`}>${
      ({ items }) => items.length === 0 ? html`<p class="quiet">${t("buddies.nothing")}</p>`
        : html`<ul class="lines">${items.map((record) => html`<${RecordLine} key=${record.id}
            record=${record} />`)}</ul>`}<//>
      <${Act} label=${t("buddies.end")} ask=${t("buddies.end.sure", { name })}
        does=${() => remove(`${HERE}/buddies/${buddy.group}`).then(refresh)} />`}</section>`;
}

function Words({ which, title }) {
  return html`<section><h2>${title}</h2><${Load} path=${`${HERE}/feedback?which=${which}`}>${({ items }) =>
    items.length === 0 ? html`<p class="quiet">${t("feedback.none")}</p>`
      : html`<ul class="lines">${items.map((item) => item.target ? html`<li class="line" key=${item.id}>
          <a href=${link("record", item.target.id)}>${item.target.title}</a>
          <p class="summary">${item.owner.name}: ${item.text} <${When} at=${item.at} /></p></li>`
        : html`<${RecordLine} key=${item.id} record=${item} />`)}</ul>`}<//></section>`;
}

export function Buddies() {
  return html`<${Title}>${t("buddies.title")}<//><${Load} path=${`${HERE}/buddies`}>${({ items }) => html`
    ${items.length === 0 && html`<${Empty} title=${t("buddies.none")}><p>${t("buddies.none.help")}</p><//>`}
    ${items.map((buddy) => html`<${Buddy} key=${buddy.group} buddy=${buddy} />`)}
    <${Propose} buddies=${items} />`}<//>
    <${Words} which="owed" title=${t("feedback.owed")} />
    <${Words} which="got" title=${t("feedback.got")} />
    <${Words} which="given" title=${t("feedback.given")} />`;
}
