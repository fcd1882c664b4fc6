// Documents for a schema, and schemas of the subset, from a seeded generator.

export class Rng {
  constructor(seed) {
    this.state = seed >>> 0;
  }
  next() {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
  below(n) {
    return this.next() % n;
  }
  chance(percent) {
    return this.below(100) < percent;
  }
  pick(list) {
    return list[this.below(list.length)];
  }
}

// One, two, three and four bytes in UTF-8; two of them are two units in UTF-16.
const LETTERS = ["a", "Z", " ", "7", "-", "é", "ß", "я", "語", "€", "😀", "𝔎", "\u0301", "\n"];
const HEX = "0123456789abcdef";

const text = (rng, n) => Array.from({ length: n }, () => rng.pick(LETTERS)).join("");
const hex = (rng, n) => Array.from({ length: n }, () => rng.pick(HEX)).join("");
const day = (rng) => {
  const year = 1970 + rng.below(130), month = 1 + rng.below(12);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const pad = (v, n) => String(v).padStart(n, "0");
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(rng.pick([1, days, 1 + rng.below(days)]), 2)}`;
};

// --- a value that holds ---

function goodNumber(rng, schema, whole) {
  const step = schema.multipleOf ?? (whole ? 1 : 0.125);
  const low = schema.minimum ?? (rng.chance(30) ? -50 : 0);
  const high = schema.maximum ?? low + 1000;
  const first = Math.ceil(low / step), last = Math.floor(high / step);
  const pick = rng.pick([first, last, first + rng.below(Math.max(1, last - first + 1))]);
  return pick * step;
}

function goodString(rng, schema) {
  const low = schema.minLength ?? 0, high = Math.min(schema.maxLength ?? 40, 5000);
  if (schema["x-input"] === "date") return day(rng);
  if (schema["x-input"] === "ref") return `${hex(rng, 64)}/${hex(rng, 32)}`;
  if (high < low) return text(rng, low);
  const n = rng.chance(15) ? high : rng.chance(15) ? low : low + rng.below(Math.min(20, high - low + 1));
  return text(rng, n);
}

export function goodValue(rng, schema, depth = 0) {
  if ("const" in schema) return schema.const;
  if (schema.enum) return rng.pick(schema.enum);
  switch (schema.type) {
    case "string":
      return goodString(rng, schema);
    case "integer":
      return goodNumber(rng, schema, true);
    case "number":
      return goodNumber(rng, schema, false);
    case "boolean":
      return rng.chance(50);
    case "array": {
      const low = schema.minItems ?? 0, high = Math.max(low, Math.min(schema.maxItems ?? 4, low + 3));
      const list = [];
      for (let n = low + rng.below(high - low + 1); n > 0; n--)
        list.push(goodValue(rng, schema.items ?? {}, depth + 1));
      // Ids of entries that merge are each another's.
      if (schema["x-merge"] === "items") list.forEach((item, i) => (item.id = `${i}${hex(rng, 8)}`));
      return list;
    }
    case "object":
      return goodObject(rng, schema, depth);
    default:
      return rng.pick([null, 7, "any", true, [1], { any: 1 }]);
  }
}

function goodObject(rng, schema, depth) {
  const out = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (!(schema.required ?? []).includes(name) && rng.chance(35)) continue;
    out[name] = goodValue(rng, member, depth + 1);
  }
  if (schema.additionalProperties !== false && depth > 0 && rng.chance(10)) out.stranger = rng.below(9);
  return out;
}

export function goodDocument(rng, schema) {
  const document = goodObject(rng, schema, 0);
  for (const section of Object.values(document)) {
    // In a section a null is a field that is not there.
    if (rng.chance(15)) section.nothing = null;
  }
  if (schema.additionalProperties !== false && rng.chance(10)) document.later = { anything: [1, "x"] };
  return document;
}

// --- one fault ---

// All places in a document with their schemas: [holder, key, schema].
function places(document, schema, out = []) {
  for (const [name, value] of Object.entries(document)) {
    const member = schema.properties?.[name];
    if (member === undefined) continue;
    out.push([document, name, member]);
    if (Array.isArray(value)) {
      value.forEach((entry, i) => {
        out.push([value, i, member.items ?? {}]);
        if (entry !== null && typeof entry === "object" && !Array.isArray(entry)) places(entry, member.items ?? {}, out);
      });
    } else if (value !== null && typeof value === "object") {
      places(value, member, out);
    }
  }
  return out;
}

const OTHERS = [null, true, 0, -1, 1.5, 1e300, 9007199254740992, "", "text", [], ["x"], {}, { id: "x" }];

// Each: can it be done here? Then it returns the new value.
const FAULTS = {
  // ajv loses count of steps from 1e21 on, where the standard does not.
  type: (rng, value, s) => rng.pick(s.multipleOf ? OTHERS.filter((v) => v !== 1e300) : OTHERS),
  enum: (rng, value, s) => (s.enum ? rng.pick(["none", s.enum[0] + " ", String(s.enum[0]).toUpperCase(), 3]) : undefined),
  minimum: (rng, value, s) => (s.minimum !== undefined ? s.minimum - rng.pick([1, 0.5, 0]) : undefined),
  maximum: (rng, value, s) => (s.maximum !== undefined ? s.maximum + rng.pick([1, 0.5, 0]) : undefined),
  multipleOf: (rng, value, s) => (s.multipleOf ? (s.minimum ?? 0) + s.multipleOf * rng.pick([0.5, 1, 1.25]) : undefined),
  whole: (rng, value, s) => (s.type === "integer" ? rng.pick([1.5, 2.0, -0.25, 3e15]) : undefined),
  maxLength: (rng, value, s) =>
    s.maxLength !== undefined && s.maxLength < 5000 ? text(rng, s.maxLength + rng.pick([1, 0])) : undefined,
  wide: (rng, value, s) => (s.maxLength !== undefined && s.maxLength < 5000 ? "😀".repeat(s.maxLength + rng.pick([1, 0])) : undefined),
  minLength: (rng, value, s) => (s.minLength ? text(rng, s.minLength - rng.pick([1, 0])) : undefined),
  day: (rng, value, s) =>
    s["x-input"] === "date"
      ? rng.pick(["2026-02-29", "2024-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20260301", "2026-04-31", "1900-02-29", "2000-02-29", "0000-01-01", " 2026-03-01", "2026-03-01 ", "2026-03-01T09:30:00Z", "٢026-03-01"])
      : undefined,
  ref: (rng, value, s) =>
    s["x-input"] === "ref"
      ? rng.pick([hex(rng, 64) + "/" + hex(rng, 31), hex(rng, 64) + "." + hex(rng, 32), hex(rng, 63) + "g/" + hex(rng, 32), (hex(rng, 64) + "/" + hex(rng, 32)).toUpperCase(), hex(rng, 97), ""])
      : undefined,
  more: (rng, value, s) => {
    const n = (s.maxItems ?? 1000) + rng.pick([1, 0]);
    if (!Array.isArray(value) || n > 600) return undefined;
    return Array.from({ length: n }, (_, i) => {
      const item = goodValue(rng, s.items ?? {});
      if (s["x-merge"] === "items") item.id = String(i);
      return item;
    });
  },
  fewer: (rng, value, s) => (s.minItems ? Array.from({ length: s.minItems - 1 }, () => goodValue(rng, s.items ?? {})) : undefined),
  twice: (rng, value, s) =>
    s["x-merge"] === "items" && Array.isArray(value) && value.length > 0 ? [...value, structuredClone(value[0])] : undefined,
  lacks: (rng, value, s) => {
    if (value === null || typeof value !== "object" || Array.isArray(value) || !s.required) return undefined;
    const { [rng.pick(s.required)]: gone, ...rest } = value;
    return rest;
  },
  nothing: (rng, value, s) => {
    if (value === null || typeof value !== "object" || Array.isArray(value) || Object.keys(value).length === 0) return undefined;
    return { ...value, [rng.pick(Object.keys(value))]: null };
  },
  closed: (rng, value, s) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value, constructor_: 1, stranger: 2 } : undefined,
};
export const FAULT_NAMES = Object.keys(FAULTS);

// The document with one value put in its place by the fault; undefined when it has no such place.
export function spoil(rng, document, schema, fault) {
  const copy = structuredClone(document);
  const all = places(copy, schema);
  for (let start = rng.below(Math.max(1, all.length)), i = 0; i < all.length; i++) {
    const [holder, key, member] = all[(start + i) % all.length];
    const value = FAULTS[fault](rng, holder[key], member);
    if (value === undefined) continue;
    holder[key] = value;
    return copy;
  }
  return undefined;
}

// A whole document that is wrong at the top.
export function spoilTop(rng, document, schema) {
  const copy = structuredClone(document);
  const kind = rng.below(4);
  if (kind === 0 && schema.required) delete copy[rng.pick(schema.required)];
  else if (kind === 1) copy.later = rng.pick([1, "x", [], null]);
  else if (kind === 2) copy[rng.pick(Object.keys(copy).concat("head"))] = rng.pick(OTHERS);
  else return rng.pick([[], null, 5, "x"]);
  return copy;
}

// --- a type of the subset ---

const NAMES = ["title", "a", "b_c", "d-e", "length", "constructor", "tostring", "n0"];

function someField(rng, depth) {
  const kinds = ["string", "integer", "number", "boolean", "any", "choice", "date", "ref"];
  if (depth < 3) kinds.push("array", "object", "items");
  switch (rng.pick(kinds)) {
    case "string": {
      const low = rng.below(4);
      return { type: "string", ...(rng.chance(50) && { minLength: low }), ...(rng.chance(60) && { maxLength: low + rng.below(9) }) };
    }
    case "integer":
      return { type: "integer", ...(rng.chance(60) && { minimum: rng.below(9) - 4 }), ...(rng.chance(60) && { maximum: 5 + rng.below(9) }), ...(rng.chance(20) && { multipleOf: 1 + rng.below(3) }) };
    case "number":
      return { type: "number", ...(rng.chance(50) && { minimum: -rng.below(9) / 4 }), ...(rng.chance(50) && { maximum: 3 + rng.below(9) / 4 }), ...(rng.chance(40) && { multipleOf: rng.pick([0.5, 0.25, 0.1, 1.5]) }) };
    case "boolean":
      return { type: "boolean", ...(rng.chance(20) && { const: true }) };
    case "choice":
      return { type: "string", enum: ["one", "two words", "drei", "四"].slice(0, 1 + rng.below(4)) };
    case "date":
      return { type: "string", "x-input": "date", maxLength: 10 };
    case "ref":
      return { type: "string", "x-input": "ref", "x-ref": "any", ...(rng.chance(50) && { minLength: 1 }) };
    case "array":
      return { type: "array", items: someField(rng, depth + 1), ...(rng.chance(30) && { minItems: rng.below(3) }), ...(rng.chance(50) && { maxItems: 2 + rng.below(3) }) };
    case "items": {
      const inner = someObject(rng, depth + 1);
      inner.properties = { id: { type: "string", minLength: 1, maxLength: 64 }, ...inner.properties };
      inner.required = ["id", ...(inner.required ?? [])];
      return { type: "array", "x-merge": "items", items: inner, ...(rng.chance(30) && { maxItems: 3 }) };
    }
    case "object":
      return someObject(rng, depth + 1);
    default:
      return rng.pick([{}, { description: "anything" }, { const: 1 }, { const: "x" }]);
  }
}

function someObject(rng, depth) {
  const properties = {};
  for (const name of NAMES) if (rng.chance(45)) properties[name] = someField(rng, depth);
  const names = Object.keys(properties);
  const required = names.filter(() => rng.chance(30));
  return {
    type: "object",
    ...(names.length > 0 && { properties }),
    ...(required.length > 0 && { required }),
    ...(rng.chance(25) && { additionalProperties: rng.chance(30) }),
  };
}

export function someType(rng) {
  const properties = {};
  for (const name of ["head", "body", "tail"].slice(0, 1 + rng.below(3))) {
    properties[name] = someObject(rng, 0);
    properties[name].properties ??= { title: { type: "string" } };
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema", title: "made_up", type: "object",
    ...(rng.chance(60) && { required: ["head"] }), ...(rng.chance(15) && { additionalProperties: false }), properties,
  };
}
