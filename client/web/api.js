// Asking kithd. Every answer is JSON; an error has a sentence for a person and what to do next.

export const HERE = "/v1/networks/-"; // the only network of this data folder

export class ApiError extends Error {
  constructor(status, error) {
    super(error.message || "");
    this.status = status; // 0: nobody answered
    this.code = error.code || "";
    this.hint = error.hint || "";
    this.path = error.path || "";
    this.problems = error.problems || [];
  }
}

let onReach = () => {};
/** told("here" | "gone" | "out") after each request; out: it answers, but not to this browser. */
export function watchReach(told) {
  onReach = told;
}

async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    onReach("gone");
    throw new ApiError(0, { code: "GONE" });
  }
  onReach(response.status === 401 ? "out" : "here");
  const type = response.headers.get("Content-Type") || "";
  const answer = type.includes("json") ? await response.json() : await response.text();
  if (!response.ok) throw new ApiError(response.status, answer.error || {});
  return answer;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body); // some routes take none
export const patch = (path, body) => ask("PATCH", path, body);
export const put = (path, body) => ask("PUT", path, body);
export const remove = (path, body) => ask("DELETE", path, body);
