/** What a REST call was answered. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly text: string;
  // Compared by shape in each test.
  readonly body: Record<string, unknown>;
}

/** Makes a REST call, named by a line such as `GET /api/v1/changes`. */
export async function restCall(
  { url }: { readonly url: string },
  line: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<RestAnswer> {
  const [method = "", path = ""] = line.split(" ");
  const init = body && { body: JSON.stringify(body) };
  const type = body && { "content-type": "application/json" };
  const answer = await fetch(url + path, { method, headers: { ...type, ...headers }, ...init });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: text === "" ? {} : JSON.parse(text) };
}
