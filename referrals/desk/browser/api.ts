/** Calls to the desk's JSON API. What leaves here is sealed or was never secret; errors come back with a name. */

/** A call that did not succeed: the server's code, or `offline` where no answer came. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
  }
}

interface Session {
  csrf: string;
  signed_in: boolean;
}

const INIT: RequestInit = { cache: "no-store", credentials: "same-origin", redirect: "error" };

let csrf = "";

/** Ask whether somebody is signed in, and take the token that changes must carry. */
export async function openSession(): Promise<boolean> {
  const session = await call<Session>("GET", "session");
  csrf = session.csrf;
  return session.signed_in;
}

/** Read. */
export function get<T>(path: string): Promise<T> {
  return call<T>("GET", path);
}

/** Change. A token that has grown too old is renewed once. */
export async function post<T>(path: string, body: Readonly<Record<string, unknown>> = {}): Promise<T> {
  try {
    return await call<T>("POST", path, body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "csrf") throw error;
    await openSession();
    return call<T>("POST", path, body);
  }
}

/** Read bytes that are sealed. */
export async function getBytes(path: string): Promise<Uint8Array> {
  const response = await answered(path, { method: "GET", ...INIT });
  try {
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new ApiError("offline", 0);
  }
  throw faultOf(response.status, await response.json().catch(() => null));
}

async function call<T>(method: string, path: string, body?: Readonly<Record<string, unknown>>): Promise<T> {
  const init: RequestInit = { method, ...INIT };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
    init.body = JSON.stringify(body);
  }
  const response = await answered(path, init);
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    throw new ApiError("offline", 0);
  }
  if (response.ok) return answer as T;
  throw faultOf(response.status, answer);
}

async function answered(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`/desk/api/${path}`, init);
  } catch {
    throw new ApiError("offline", 0);
  }
}

function faultOf(status: number, answer: unknown): ApiError {
  const detail = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  return new ApiError(String(detail["error"] ?? "unknown"), status, detail);
}
