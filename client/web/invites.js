// Invitations: one at a time, or for a whole roster, and a sheet of cards to hand out.
import { html, useState } from "./vendor.js";
import { get, HERE, post, remove } from "./api.js";
import { Act, Empty, link, Load, Title } from "./parts.js";
import { refresh } from "./data.js";
import { day, t } from "./words.js";

const NAME_MAX = 200;
const HEADING = /^(schools?|names?|school names?|escuelas?|nombres?)$/i;

/** The first cell of a line. A pasted sheet has tabs; only a file has commas between its cells. */
function firstCell(line, isFile) {
  const quoted = /^"((?:[^"]|"")*)"/.exec(line);
  if (isFile && quoted) return quoted[1].replaceAll('""', '"');
  return line.split(isFile ? /[\t,;]/ : "\t")[0];
}

/** Names of schools, each once, in order, without a heading. */
function rosterOf(text, isFile) {
  const cells = text.replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => firstCell(line, isFile).trim());
  const names = cells.filter((name, i) => name !== "" && !(i === 0 && HEADING.test(name)));
  return [...new Set(names)];
}

function One() {
  const [note, set] = useState("");
  const [code, made] = useState("");
  return html`<div class="say"><label>${t("trust.invite.note")} <input type="text" value=${note}
    maxlength=${NAME_MAX} onInput=${(event) => set(event.target.value)} /></label>
    <${Act} label=${t("trust.invite")} does=${async () => {
      made((await post(`${HERE}/invites`, { note })).code);
      set("");
      await refresh();
    }} />
    ${code && html`<p role="status">${t("trust.invite.made")}</p><textarea class="code" rows="6" readonly
      aria-label=${t("trust.invite.code")} value=${code} onFocus=${(event) => event.target.select()} />`}</div>`;
}

/** Those of the roster who are not in yet and have no open invitation. */
async function missing(names) {
  const [members, invites] = await Promise.all([get(`${HERE}/members`), get(`${HERE}/invites`)]);
  const known = new Set([
    ...members.items.filter((one) => one.state === "member").map((one) => one.school.name),
    ...invites.items.filter((one) => one.state === "open").map((one) => one.note)]);
  return names.filter((name) => !known.has(name));
}

function Roster() {
  const [text, set] = useState("");
  const [said, say] = useState("");
  const names = rosterOf(text, false);
  const long = names.find((name) => name.length > NAME_MAX);
  const make = async () => {
    const absent = await missing(names);
    for (const [i, note] of absent.entries()) {
      say(t("invites.making", { i: i + 1, of: absent.length }));
      await post(`${HERE}/invites`, { note }); // one by one: what was made stays made when the next fails
    }
    say(t("invites.made", { n: absent.length, had: names.length - absent.length }));
    set("");
    await refresh();
  };
  return html`<div class="say"><h3>${t("invites.roster")}</h3><p class="quiet">${t("invites.roster.help")}</p>
    <textarea rows="4" aria-label=${t("invites.roster")} value=${text}
      onInput=${(event) => set(event.target.value)} />
    <p><label>${t("invites.file")} <input type="file" accept=".csv,.tsv,.txt,text/plain,text/csv"
      onChange=${async (event) => {
        const [file] = event.target.files;
        if (file) set(rosterOf(await file.text(), true).join("\n"));
        event.target.value = "";
      }} /></label></p>
    ${long && html`<p class="fault" role="alert">${t("invites.long", { name: long.slice(0, 40) })}</p>`}
    <${Act} label=${t("invites.make", { n: names.length })} does=${make}
      disabled=${names.length === 0 || long !== undefined} />
    <p role="status">${said}</p></div>`;
}

export function Invites() {
  return html`<section><h2>${t("trust.invites")}</h2><${Load} path=${`${HERE}/invites`}>${({ items }) => {
    const open = items.filter((one) => one.state === "open");
    return html`<ul class="plain">${open.map((one) => html`<li key=${one.invite}>${
      one.note || one.by.name} <span class="chip">${t("invite.open")}</span> <${Act} kind="small"
      label=${t("trust.void")} does=${() => remove(`${HERE}/invites/${one.invite}`).then(refresh)} /></li>`)}</ul>
      ${open.some((one) => one.code) && html`<p><a href=${link("invites")}>${t("invites.cards")}</a></p>`}`;
  }}<//><${One} /><${Roster} /></section>`;
}

/** A card a school: what it is, the code, and what to do with it. */
export function Cards({ me }) {
  return html`<${Title} actions=${html`<button type="button" class="primary" onClick=${() => print()}>${
      t("cycle.print")}</button>`}>${t("invites.cards")}<//>
    <p class="quiet noprint">${t("invites.cards.help")}</p>
    <${Load} path=${`${HERE}/invites`}>${({ items }) => {
      const cards = items.filter((one) => one.state === "open" && one.code);
      if (cards.length === 0) return html`<${Empty} title=${t("invites.none")}><p><a href=${link("trust")}>${
        t("trust.invite")}</a></p><//>`;
      return cards.map((one) => html`<article class="sheet card" key=${one.invite}>
        <h2>${t("invites.card", { network: me.title })}</h2>
        ${one.note && html`<p class="card-for">${t("invites.for", { school: one.note })}</p>`}
        <ol>${[1, 2, 3].map((n) => html`<li key=${n}>${t("invites.step." + n)}</li>`)}</ol>
        <p class="card-code">${one.code}</p>
        <p class="quiet">${t("invites.until", { day: day(one.expires_at.slice(0, 10)), hub: one.by.name })}</p>
      </article>`);
    }}<//>`;
}
