// How the console asks the node: /v1/… only, with the token of this tab in a header. What it can do, curl can.

const place = "firstcome-token"; // of the tab's own storage, which goes with the tab

export const session = {
  token: sessionStorage.getItem(place),
  role: null,
  keep(token) {
    this.token = token;
    sessionStorage.setItem(place, token);
  },
  forget() {
    this.token = null;
    this.role = null;
    sessionStorage.removeItem(place);
  },
  get mayChange() {
    return this.role === "operator" || this.role === "admin";
  },
};

/** For the header Idempotency-Key. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

/** The answer's JSON. Throws the server's own sentence, with its `status` and `code`; without a status, nobody answered. */
export async function ask(path, method = "GET", body = undefined, headers = {}) {
  const answer = await fetch(path, {
    method,
    headers: { Authorization: `Bearer ${session.token}`, ...(body && { "Content-Type": "application/json" }), ...headers },
    body: body && JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw Object.assign(new Error(said.detail || said.title || String(answer.status)), { status: answer.status, code: said.code });
}
