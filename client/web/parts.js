// Small things that every screen is made of.
import { html, useEffect, useRef, useState } from "./vendor.js";
import { ago, said, t } from "./words.js";
import { useGet } from "./data.js";

export const link = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");
export const go = (...parts) => {
  location.hash = link(...parts);
};

/** Whose eyes a record is for, in words. */
export function audienceText(audience) {
  if (audience.class === "own") return t("audience.own");
  if (audience.class === "hub") return t("audience.hub");
  if (audience.class === "network") return t("audience.network");
  const others = (audience.schools || []).filter((school) => !school.mine);
  return audience.name || others.map((school) => school.name).join(", ") || t("audience.group");
}

/** Always in sight: who can read this. */
export function Audience({ audiences }) {
  const wider = audiences.filter((audience) => audience.class !== "own");
  const text = wider.length ? wider.map(audienceText).join(" · ") : t("audience.own");
  return html`<span class="chip ${wider.length ? "shared" : "own"}">
    <span class="hidden">${t("read by")} </span>${text}</span>`;
}

export const State = ({ state }) =>
  state ? html`<span class="chip state-${state}">${t("state." + state)}</span>` : null;

export const Flags = ({ flags }) =>
  (flags || []).map((flag) => html`<span class="chip flag" key=${flag}>${t("flag." + flag)}</span>`);

export const When = ({ at }) => html`<time datetime=${at}>${ago(at)}</time>`;

export function Empty({ title, children }) {
  return html`<div class="empty"><h2>${title}</h2>${children}</div>`;
}

/** What went wrong and what to do; for whoever listens too. */
export function Fault({ error }) {
  if (!error) return null;
  const text = error.code === "GONE" ? t("gone.short") : error.message || t("error");
  return html`<div class="fault" role="alert"><strong>${text}</strong>
    ${error.problems?.length > 1 && html`<ul>${error.problems.map((problem) =>
      html`<li>${problem.text}</li>`)}</ul>`}
    ${error.hint && html`<p>${error.hint}</p>`}</div>`;
}

/** Waits for a path; shows what is there, or why not. */
export function Load({ path, children }) {
  const { data, error } = useGet(path);
  if (data) return children(data);
  if (error) return html`<${Fault} error=${error} />`;
  return html`<p class="quiet loading" role="status">${t("loading")}</p>`;
}

/** A button that does something with the daemon: once at a time, with its error beside it. */
export function Act({ does, label, kind = "", ask, disabled = false }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const press = async () => {
    if (ask && !confirm(ask)) return;
    setBusy(true);
    setError(null);
    try {
      await does();
    } catch (fault) {
      setError(fault);
    }
    setBusy(false);
  };
  return html`<span class="act"><button type="button" class=${kind} disabled=${busy || disabled}
    onClick=${press}>${label}</button><${Fault} error=${error} /></span>`;
}

/** A record as a line of a list: title, whose, state, audience. */
export function RecordLine({ record, children }) {
  return html`<li class="line"><a href=${link("record", record.id)}>${record.title || t("untitled")}</a>
    <div class="about"><${State} state=${record.type === "cycle" ? record.state : ""} />
      <${Flags} flags=${record.flags} />
      ${!record.owner.mine && html`<span class="chip school">${record.owner.name}</span>`}
      ${record.audiences && html`<${Audience} audiences=${record.audiences} />`}
      <${When} at=${record.at} /></div>
    ${record.summary && html`<p class="summary">${record.summary}</p>`}${children}</li>`;
}

/** A heading that is told to a screen reader when the screen changes. */
export function Title({ children, actions }) {
  const heading = useRef(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return html`<header class="title"><h1 tabindex="-1" ref=${heading}>${children}</h1>
    ${actions && html`<div class="actions">${actions}</div>`}</header>`;
}

export const typeText = (schema) => said(schema?.["x-label"] || schema?.label || "");
