// A meeting by a protocol: one step at a time with its minutes, and what came of it at the end. Where
// the meeting stands is kept in this browser, so that a reload in its midst loses nothing.
import { html, useEffect, useState } from "./vendor.js";
import { HERE, post } from "./api.js";
import { Act, Empty, go, link, Load, Title } from "./parts.js";
import { t } from "./words.js";

const KEY = "kith-run/";
const TICK_MS = 250;
const START = { step: 0, spent: 0, since: null }; // ms of this step; since: it runs from then

function kept(id) {
  try {
    return { ...START, ...JSON.parse(localStorage.getItem(KEY + id)) };
  } catch {
    return START;
  }
}

/** ms of a step that are gone at a time. A clock that was set back takes none away. */
const gone = (run, now) => run.spent + (run.since === null ? 0 : Math.max(0, now - run.since));

function clockText(ms) {
  const seconds = Math.ceil(Math.abs(ms) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** [run, change, now]: where the meeting stands; change(fields) keeps it. */
function useRun(id) {
  const [run, set] = useState(() => kept(id));
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    if (run.since === null) return undefined;
    const timer = setInterval(() => tick(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [run.since]);
  const change = (fields) => {
    const next = { ...run, ...fields };
    set(next);
    tick(Date.now());
    if (fields === START) localStorage.removeItem(KEY + id);
    else localStorage.setItem(KEY + id, JSON.stringify(next));
  };
  return [run, change, now];
}

function Clock({ step, run, now }) {
  if (!step.minutes) return null;
  const left = step.minutes * 60000 - gone(run, now);
  return html`<p class=${left < 0 ? "clock over" : "clock"} role="timer">${clockText(left)}${left < 0 &&
    html` <span>${t("run.over")}</span>`}</p>
    <p class="hidden" role="status">${left < 0 ? t("run.up") : ""}</p>`;
}

function Done({ record, start }) {
  const write = async () => {
    const made = await post(`${HERE}/records`, { type: "protocol_run", sections: {
      head: { title: record.title, protocol: `${record.owner.id}/${record.id}` } } });
    start();
    go("write", made.record, "outcome");
  };
  return html`<p>${t("run.done")}</p><div class="actions"><${Act} kind="primary" label=${t("run.write")}
    does=${write} /><button type="button" onClick=${start}>${t("run.again")}</button></div>`;
}

function Meeting({ record }) {
  const steps = record.sections.steps?.list || [];
  const [run, change, now] = useRun(record.id);
  const at = Math.min(run.step, steps.length);
  const step = steps[at];
  const to = (next) => change({ step: next, spent: 0, since: Date.now() });
  if (steps.length === 0) return html`<${Empty} title=${t("run.none")}><p><a
    href=${link("record", record.id)}>${record.title}</a></p><//>`;
  return html`<${Title}>${record.title}<//>
    ${at === 0 && run.since === null && record.sections.head.before && html`<p class="quiet">${
      record.sections.head.before}</p>`}
    ${!step && html`<${Done} record=${record} start=${() => change(START)} />`}
    ${step && html`<section class="sheet step" aria-live="polite"><p class="quiet">${
      t("run.step", { i: at + 1, of: steps.length })}</p><h2>${step.what}</h2>
      ${step.who && html`<p class="chip">${step.who}</p>`}${step.prompt && html`<p class="asked">${step.prompt}</p>`}
      </section><${Clock} step=${step} run=${run} now=${now} />
      <div class="actions"><button type="button" class="primary" onClick=${() => to(at + 1)}>${
        t(at + 1 < steps.length ? "run.next" : "run.end")}</button>
      ${run.since === null
        ? html`<button type="button" onClick=${() => change({ since: Date.now() })}>${
            t(run.spent > 0 ? "run.on" : "run.start")}</button>`
        : html`<button type="button" onClick=${() => change({ spent: gone(run, Date.now()), since: null })}>${
            t("run.pause")}</button>`}
      ${at > 0 && html`<button type="button" onClick=${() => to(at - 1)}>${t("run.back")}</button>`}</div>`}
    <ol class="agenda">${steps.map((one, i) => html`<li key=${one.id} aria-current=${i === at ? "step" : undefined}>${
      one.what}${one.minutes > 0 && html` <span class="quiet">${t("run.minutes", { n: one.minutes })}</span>`}</li>`)}</ol>`;
}

export const Run = ({ id }) => html`<${Load} path=${`${HERE}/records/${id}`}>${(record) =>
  html`<${Meeting} record=${record} />`}<//>`;
