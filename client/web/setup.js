// The first hour: name the school, keep the twelve words, found a network or join one.
import { html, useState } from "./vendor.js";
import { HERE, post } from "./api.js";
import { Act, Load, Title } from "./parts.js";
import { t } from "./words.js";

/** The school has no name yet: name it, then keep its words. */
export function Begin({ again }) {
  const [school, name] = useState("");
  const [words, keep] = useState("");
  const [kept, confirmKept] = useState(false);
  if (words) {
    return html`<${Title}>${t("setup.words")}<//><p>${t("setup.words.help")}</p>
      <ol class="phrase">${words.split(" ").map((word, at) => html`<li key=${at}>${word}</li>`)}</ol>
      <p class="noprint"><button type="button" onClick=${() => print()}>${t("setup.print")}</button></p>
      <p class="noprint"><label><input type="checkbox" checked=${kept} onChange=${() => confirmKept(!kept)} /> ${
        t("setup.kept")}</label></p>
      <${Act} kind="primary" label=${t("setup.on")} disabled=${!kept} does=${async () => again()} />`;
  }
  return html`<${Title}>${t("setup.title")}<//><p>${t("setup.help")}</p>
    <p><label>${t("setup.school")} <input type="text" class="wide" maxlength="200" value=${school}
      onInput=${(event) => name(event.target.value)} /></label></p>
    <${Act} kind="primary" label=${t("setup.make")} disabled=${school.trim() === ""} does=${async () => {
      keep((await post("/v1/init", { school: school.trim() })).words);
    }} />`;
}

function Phrase({ value, set }) {
  return html`<p><label>${t("setup.phrase")} <textarea rows="2" class="wide" autocomplete="off" spellcheck="false"
    value=${value} onInput=${(event) => set(event.target.value)} /></label></p>`;
}

function Found({ again }) {
  const [title, name] = useState("");
  const [phrase, set] = useState("");
  return html`<section class="sheet"><h2>${t("setup.found")}</h2><p>${t("setup.found.help")}</p>
    <p><label>${t("setup.network")} <input type="text" maxlength="200" value=${title}
      onInput=${(event) => name(event.target.value)} /></label></p><${Phrase} value=${phrase} set=${set} />
    <${Act} label=${t("setup.found")} disabled=${!title.trim() || !phrase.trim()} does=${async () => {
      await post(`${HERE}/found`, { title: title.trim(), phrase: phrase.trim() });
      set("");
      again();
    }} /></section>`;
}

function Join({ again }) {
  const [code, paste] = useState("");
  const [phrase, set] = useState("");
  return html`<section class="sheet"><h2>${t("setup.join")}</h2><p>${t("setup.join.help")}</p>
    <p><label>${t("setup.code")} <textarea rows="5" class="code wide" spellcheck="false" value=${code}
      onInput=${(event) => paste(event.target.value)} /></label></p><${Phrase} value=${phrase} set=${set} />
    <${Act} kind="primary" label=${t("setup.ask")} disabled=${!code.trim() || !phrase.trim()} does=${async () => {
      await post(`${HERE}/join`, { code: code.trim(), phrase: phrase.trim() });
      set("");
      again();
    }} /></section>`;
}

/** In no network: everything can be written; sharing begins when the school has joined. */
export function Joining({ me, again }) {
  if (me.state === "joining") {
    return html`<${Title}>${t("setup.waiting")}<//><${Load} path=${`${HERE}/status`}>${({ me: self }) => html`
      <section class="sheet"><p>${t("setup.call")}</p>
      <p class="four-words">${self.joining?.words || t("setup.no words")}</p>
      ${self.joining?.note && html`<p class="quiet">${self.joining.note}</p>`}</section>`}<//>`;
  }
  return html`<${Title}>${t("setup.network.title")}<//><p>${t("setup.network.help")}</p>
    <${Join} again=${again} /><${Found} again=${again} />`;
}
