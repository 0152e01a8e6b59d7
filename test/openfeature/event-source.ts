import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";

/** One piece of a stream of events: everything between two empty lines. */
export interface EventPiece {
  readonly id: string | undefined;
  readonly data: unknown;
}

/** A stream of Server-Sent Events, read piece by piece. */
export interface EventSourceUnderTest {
  readonly response: IncomingMessage;
  /** The next piece; undefined at the end. */
  next(): Promise<EventPiece | undefined>;
  /** The next piece that has data. */
  nextEvent(): Promise<EventPiece | undefined>;
  close(): void;
}

/** Opens a stream of events; it is closed when the test is over. */
export async function openEvents(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventSourceUnderTest> {
  const request = get(url, { headers: { accept: "text/event-stream", ...headers }, agent: false });
  const response = await answered(request);
  const pieces = piecesOf(response);
  const next = async () => (await pieces.next()).value;
  const close = () => void request.destroy();
  onTestFinished(close);
  const nextEvent = async () => {
    for (;;) {
      const piece = await next();
      if (piece === undefined || piece.data !== undefined) {
        return piece;
      }
    }
  };
  return { response, next, nextEvent, close };
}

function answered(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => request.once("response", resolve).once("error", reject));
}

async function* piecesOf(response: IncomingMessage): AsyncGenerator<EventPiece, undefined, undefined> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) {
    const pieces = (text + chunk).split("\n\n");
    text = pieces.pop() ?? "";
    yield* pieces.map(pieceOf);
  }
  return undefined;
}

function pieceOf(text: string): EventPiece {
  const fields = new Map(text.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
  const data = fields.get("data");
  return { id: fields.get("id"), data: data === undefined ? undefined : JSON.parse(data) };
}
