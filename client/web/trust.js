// Set-up and trust: who is in the network and how they came in, what this computer holds, settings.
import { html, useState } from "./vendor.js";
import { HERE, patch, post, put, remove } from "./api.js";
import { Act, Load, Title, When } from "./parts.js";
import { refresh, useGet } from "./data.js";
import { Invites } from "./invites.js";
import { choose, language, LANGUAGES, t } from "./words.js";

/** The four words are compared by telephone before anybody comes in. */
function Requests() {
  const items = useGet(`${HERE}/requests`).data?.items || [];
  return items.map((request) => html`<section class="sheet" key=${request.invite}>
    <h2>${t("trust.asks", { school: request.school_name })}</h2>
    <p>${t("trust.words")}</p><p class="four-words">${request.words}</p>
    <div class="actions"><${Act} kind="primary" label=${t("trust.approve")} does=${() =>
      post(`${HERE}/requests/${request.invite}/approve`, { words: request.words }).then(refresh)} />
    <${Act} label=${t("trust.deny")} does=${() =>
      post(`${HERE}/requests/${request.invite}/deny`).then(refresh)} /></div></section>`);
}

function Members({ steward }) {
  return html`<section><h2>${t("trust.members")}</h2><${Load} path=${`${HERE}/members`}>${({ items }) => html`
    <ul class="lines">${items.map((member) => html`<li class="line" key=${member.school.id}><strong>${
      member.school.name}</strong> <span class="about">${member.roles.map((role) => html`<span class="chip"
      key=${role}>${t("role." + role)}</span>`)}${member.state !== "member" && html`<span class="chip flag">${
      t("member." + member.state)}</span>`}${member.connected ? t("network.connected")
        : member.heard_at && html`<${When} at=${member.heard_at} />`}</span>
      ${steward && !member.school.mine && member.state === "member" && html`<${Act} kind="danger small"
        label=${t("trust.remove")} ask=${t("trust.remove.sure", { school: member.school.name })}
        does=${() => remove(`${HERE}/members/${member.school.id}`).then(refresh)} />`}</li>`)}</ul>`}<//></section>`;
}

function Proposals() {
  const items = useGet(`${HERE}/proposals`).data?.items || [];
  if (items.length === 0) return null;
  return html`<section><h2>${t("trust.proposals")}</h2><ul class="lines">${items.map((one) => html`<li class="line"
    key=${one.statement}>${one.by.name}: ${one.text} <span class="quiet">${one.assents.length} / ${one.needed}</span>
    ${!one.mine && html` <${Act} label=${t("trust.agree")} does=${() =>
      post(`${HERE}/statements/${one.statement}/assent`).then(refresh)} />`}</li>`)}</ul></section>`;
}

function Devices() {
  return html`<section><h2>${t("trust.devices")}</h2><${Load} path=${`${HERE}/devices`}>${({ items }) => html`
    <ul class="plain">${items.filter((one) => one.device.school.mine).map((one) => html`<li key=${one.device.id}>${
      one.device.name} ${one.this && html`<span class="chip">${t("trust.this")}</span>`} ${one.frozen && html`<span
      class="chip flag">${t("trust.frozen")}</span>`}</li>`)}</ul>`}<//></section>`;
}

function Holds() {
  return html`<section><h2>${t("trust.holds")}</h2><${Load} path=${`${HERE}/carry`}>${({ items }) =>
    items.every((one) => Number(one.envelopes) === 0)
      ? html`<p class="quiet">${t("trust.holds.none")}</p>`
      : html`<ul class="plain">${items.filter((one) => Number(one.envelopes) > 0).map((one) => html`<li key=${one.space}>${t("trust.carries", {
          schools: one.for.map((school) => school.name).join(", "), n: Number(one.envelopes) })}</li>`)}</ul>`}<//>
    <p class="quiet">${t("trust.carry")}</p></section>`;
}

function Names() {
  const { data } = useGet(`${HERE}/names`);
  const [text, set] = useState(null);
  if (!data) return null;
  return html`<section><h2>${t("trust.names")}</h2><p class="quiet">${t("trust.names.help")}</p>
    <textarea rows="4" aria-label=${t("trust.names")} value=${text ?? data.items.join("\n")}
      onInput=${(event) => set(event.target.value)} />
    <${Act} label=${t("write.save")} disabled=${text === null} does=${async () => {
      const items = text.split("\n").map((name) => name.trim()).filter(Boolean);
      await put(`${HERE}/names`, { items });
      set(null);
      await refresh();
    }} /></section>`;
}

function Settings({ again }) {
  const { data } = useGet(`${HERE}/settings`);
  if (!data) return null;
  const save = (fields) => patch(`${HERE}/settings`, fields).then(refresh);
  return html`<section><h2>${t("trust.settings")}</h2>
    <p><label>${t("trust.language")} <select value=${language} onChange=${(event) => {
      choose(event.target.value);
      again();
    }}>${Object.entries(LANGUAGES).map(([name, label]) => html`<option key=${name} value=${name} lang=${name}>${
      label}</option>`)}</select></label></p>
    <p><label>${t("trust.person")} <input type="text" maxlength="200" value=${data.person || ""}
      onChange=${(event) => save({ person: event.target.value || null })} /></label></p>
    <p><label>${t("trust.retention")} <input type="number" min="1" max="99" value=${data.retention_years ?? ""}
      onChange=${(event) => save({ retention_years: event.target.value ? Number(event.target.value) : null })} />
      </label></p></section>`;
}

export function Trust({ me, again }) {
  const member = me.state === "member";
  const roles = useGet(`${HERE}/status`).data?.me.roles || [];
  const steward = roles.includes("steward") || roles.includes("hub");
  return html`<${Title}>${t("trust.title")}<//>
    ${member && html`<${Requests} /><${Proposals} /><${Members} steward=${steward} />
      ${steward && html`<${Invites} />`}<${Devices} /><${Holds} />`}
    <${Names} /><${Settings} again=${again} />`;
}
