// Feedback on a record: read in place, and given in place.
import { html, useState } from "./vendor.js";
import { HERE, post } from "./api.js";
import { Act, Load, When } from "./parts.js";
import { useDraft } from "./draft.js";
import { refresh } from "./data.js";
import { t } from "./words.js";

const KINDS = ["warm", "cool", "question", "suggestion", "we-tried-it"];

function Say({ id, answers }) {
  const [kind, choose] = useState(answers ? "answer" : "warm");
  const name = "feedback-" + id.slice(0, 12) + (answers ? "-" + answers.slice(-12) : "");
  const [text, set, drop] = useDraft(name, "", { type: "feedback", title: () => t("feedback.title") });
  const send = async () => {
    await post(`${HERE}/records/${id}/feedback`, { kind, text, ...(answers ? { answers } : {}) });
    drop();
    set("");
    drop();
    await refresh();
  };
  return html`<div class="say">
    ${!answers && html`<div class="choices" role="group" aria-label=${t("feedback.kind")}>${KINDS.map(
      (one) => html`<button type="button" key=${one} aria-pressed=${kind === one}
        onClick=${() => choose(one)}>${t("feedback." + one)}</button>`)}</div>`}
    <textarea rows="2" value=${text} aria-label=${t(answers ? "feedback.answer" : "feedback.say")}
      placeholder=${t(answers ? "feedback.answer" : "feedback.prompt." + kind)}
      onInput=${(event) => set(event.target.value)} />
    <${Act} does=${send} kind="primary" disabled=${text.trim() === ""} label=${t("feedback.send")} /></div>`;
}

export function Feedback({ record }) {
  return html`<section class="feedback"><h2>${t("feedback.title")}</h2>
    <${Load} path=${`${HERE}/records/${record.id}/feedback?limit=200`}>${({ items }) => html`
      ${items.length === 0 && html`<p class="quiet">${t("feedback.none")}</p>`}
      <ul class="talk">${items.map((item) => html`<li key=${item.id}>
        <p class="about"><strong>${item.owner.name}</strong> <span class="chip">${
          t("feedback." + item.kind)}</span> <${When} at=${item.at} />
          ${item.current === false && html` <span class="quiet">${t("feedback.earlier")}</span>`}</p>
        <p class="said">${item.text}</p>
        ${item.kind === "question" && item.open && record.owner.mine &&
          html`<${Say} id=${record.id} answers=${`${item.owner.id}/${item.id}`} />`}</li>`)}</ul>`}<//>
    ${!record.owner.mine && html`<${Say} id=${record.id} />`}</section>`;
}
