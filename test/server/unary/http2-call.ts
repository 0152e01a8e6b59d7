import http2, { type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";

/** What a client sees of a call by HTTP/2; header names and values in the order in which they came. */
export interface Http2Seen {
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly resetCode: number | undefined;
}

export interface Http2Call {
  readonly headers: OutgoingHttpHeaders;
  /** Each piece is a frame of its own. */
  readonly pieces: readonly Uint8Array[];
}

/** Opens a session; whoever opens it closes it. */
export function connectHttp2(port: number): ClientHttp2Session {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  // What goes wrong with the session shows in its calls.
  session.on("error", () => {});
  return session;
}

/** Sends a call and waits until its stream is closed. */
export function callHttp2(session: ClientHttp2Session, { headers, pieces }: Http2Call): Promise<Http2Seen> {
  const stream = session.request({ ":method": "POST", ":authority": "flags.example:80", ...headers });
  const seen = { headers: [] as readonly string[], trailers: [] as readonly string[] };
  const chunks: Buffer[] = [];
  stream.on("response", (_headers, _flags, raw: readonly string[]) => {
    seen.headers = masked(raw);
  });
  stream.on("trailers", (_headers, _flags, raw: readonly string[]) => {
    seen.trailers = masked(raw);
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  // It shows as the code of the reset.
  stream.on("error", () => {});
  for (const piece of pieces) {
    stream.write(piece);
  }
  stream.end();
  return new Promise((resolve) => {
    stream.on("close", () => {
      const body = mask(Buffer.concat(chunks).toString("latin1"));
      resolve({ ...seen, body, resetCode: stream.rstCode });
    });
  });
}

const requestId = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;
const date = /\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g;

/** Takes out what differs from call to call: dates and request ids. */
export function mask(text: string): string {
  return text.replaceAll(requestId, "REQUEST-ID").replaceAll(date, "DATE");
}

function masked(raw: readonly string[]): readonly string[] {
  return raw.map(mask);
}
